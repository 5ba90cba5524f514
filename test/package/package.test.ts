/**
 * Reads what `serverless package` makes and holds it to what serverless.yml promises. The service
 * is packaged once, and its template once more for each thing that it can be told. Nothing here has
 * been deployed: that a template says the right thing is as far as a test without an account can
 * go.
 */
import { beforeAll, describe } from "vitest";
import { describeBundles } from "./bundles.ts";
import { describeFurther, gatewaysFile } from "./furtherGateways.ts";
import { describeJoined, describeRestored, otherTables, restoredRooms } from "./joined.ts";
import { type Packaged, packageProject, packageTemplate, retains } from "./packaged.ts";
import { describePage, pageSettings } from "./page.ts";
import { describePosting } from "./posting.ts";
import { describeRefusals } from "./refusals.ts";
import { describeRetention } from "./retention.ts";
import { describeRoles } from "./roles.ts";
import { describeSignals } from "./signals.ts";
import { describeStream } from "./stream.ts";
import { describeApis, describeFunctions, describeTables } from "./template.ts";
import { describeAccessLogs, describeBudget, describeTracing } from "./watching.ts";

let packaged: Packaged;
let joined: Packaged;
let restored: Packaged;
let listing: Packaged;
let withSdk: Packaged;
let withSignals: Packaged;
let furtherWithSignals: Packaged;
let withPage: Packaged;
let retaining: Packaged;
let furtherRetaining: Packaged;
let logged: Packaged;
let traced: Packaged;
let limited: Packaged;
beforeAll(async () => {
  [
    packaged,
    joined,
    restored,
    listing,
    withSdk,
    withSignals,
    furtherWithSignals,
    withPage,
    retaining,
    furtherRetaining,
  ] = await Promise.all([
    packageProject(),
    packageTemplate(otherTables),
    packageTemplate(restoredRooms),
    packageTemplate({ GATEWAYS_FILE: gatewaysFile }),
    packageProject({ POSTING_CLIENT: "sdk" }),
    packageProject({ SIGNALS: true }),
    packageTemplate({ ...otherTables, SIGNALS: true }),
    packageTemplate(pageSettings),
    packageProject(retains),
    packageTemplate({ ...otherTables, ...retains }),
  ]);
  [logged, traced, limited] = await Promise.all([
    packageTemplate({ ACCESS_LOGS: "all" }),
    packageTemplate({ TRACING: true }),
    packageTemplate({ SIGNALS: true, BUDGET_USD: 100 }),
  ]);
  // Ten packagers at once; it only bounds a hang.
}, 600_000);

describe("the two APIs", () => describeApis(() => packaged));
describe("the tables", () => describeTables(() => packaged));
describe("a function", () => describeFunctions(() => packaged));
describe("the stream", () => describeStream(() => packaged));
describe("a further gateway", () =>
  describeJoined(
    () => packaged,
    () => joined,
  ));
describe("a deployment whose Rooms table was restored", () =>
  describeRestored(
    () => packaged,
    () => restored,
  ));
describe("further gateways in a file", () =>
  describeFurther(
    () => packaged,
    () => listing,
  ));
describe("a package", () => describeRefusals(() => packaged));
describe("a role", () => describeRoles(() => packaged));
describe("a bundle", () => describeBundles(() => packaged));
describe("a deployment with signals", () =>
  describeSignals(
    () => packaged,
    () => withSignals,
    () => furtherWithSignals,
  ));
describe("a deployment that keeps messages for a time only", () =>
  describeRetention(
    () => packaged,
    () => retaining,
    () => furtherRetaining,
  ));
describe("a deployment with the chat page", () =>
  describePage(
    () => packaged,
    () => withPage,
  ));
describe("access logs", () =>
  describeAccessLogs(
    () => packaged,
    () => logged,
  ));
describe("a deployment that is traced", () =>
  describeTracing(
    () => packaged,
    () => traced,
  ));
describe("a budget", () =>
  describeBudget(
    () => withSignals,
    () => limited,
  ));
describe("a bundle that posts with AWS's own client", () =>
  describePosting(
    () => packaged,
    () => withSdk,
  ));
