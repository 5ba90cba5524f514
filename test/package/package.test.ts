/**
 * Reads what `serverless package` makes and holds it to what serverless.yml promises. One file, so
 * that the service is packaged once, and once more as a further gateway. Nothing here has been
 * deployed: that a template says the right thing is as far as a test without an account can go.
 */
import { afterAll, beforeAll, describe } from "vitest";
import { describeBundles } from "./bundles.ts";
import { describeJoined, otherTables } from "./joined.ts";
import { type Packaged, packageProject } from "./packaged.ts";
import { describeRoles } from "./roles.ts";
import { describeStream } from "./stream.ts";
import { describeApis, describeFunctions, describeTables } from "./template.ts";

let packaged: Packaged;
let joined: Packaged;
beforeAll(async () => {
  [packaged, joined] = await Promise.all([packageProject(), packageProject(otherTables)]);
});
afterAll(() => Promise.all([packaged?.remove(), joined?.remove()]));

describe("the two APIs", () => describeApis(() => packaged));
describe("the tables", () => describeTables(() => packaged));
describe("a function", () => describeFunctions(() => packaged));
describe("the stream", () => describeStream(() => packaged));
describe("a further gateway", () =>
  describeJoined(
    () => packaged,
    () => joined,
  ));
describe("a role", () => describeRoles(() => packaged));
describe("a bundle", () => describeBundles(() => packaged));
