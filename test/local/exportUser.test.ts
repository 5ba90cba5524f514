/** `npm run export-user`: all that the tables hold about a user, and nothing about others. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, startDatabase } from "../../local/emulator/database/database.ts";
import { defaultTablePrefix } from "../../local/emulator/database/tables.ts";
import { freePort } from "../../local/emulator/freePort.ts";
import { exportUser, type Fact } from "../../local/operate/exportUser.ts";
import type { Tables } from "../support/dynamoStores.ts";
import { runToEnd } from "./processes.ts";
import { everyItem, freshTables, secret, type Town, town } from "./userTown.ts";

let database: Database;
let port: number;
let tables: Tables;
let there: Town;
let facts: Fact[];

beforeAll(async () => {
  const databasePort = await freePort();
  // The command finds the database by the copy's first port.
  port = databasePort - 3;
  database = await startDatabase({ kind: "dynalite", port: databasePort });
  tables = await freshTables(database.endpoint, defaultTablePrefix);
  there = await town(tables);
  facts = [];
  for await (const fact of exportUser(tables, "alice")) facts.push(fact);
});
afterAll(() => database.stop());

const of = (type: Fact["type"]) => facts.filter((fact) => fact.type === type);

describe("exporting a user", () => {
  it("has each membership, that of a room which the user left included", () => {
    const states = of("membership").map(({ room, state }) => [room, state]);
    expect(states).toEqual([
      ["dm:alice:bob", "member"],
      ["general", "member"],
      ["old-times", "left"],
      [there.led, "member"],
    ]);
    expect(of("role")).toEqual([
      { type: "role", room: "dm:alice:mallory", role: "blocks the other user" },
      { type: "role", room: there.led, role: "owner" },
    ]);
    expect(of("connection")).toMatchObject([{ connectionId: "alice-1" }]);
  });

  it("has each message that the user wrote, deleted ones without their text", () => {
    const said = of("message").map(({ room, text, deleted }) => [
      room,
      text,
      deleted !== undefined,
    ]);
    expect(said).toEqual([
      ["dm:alice:bob", `from alice ${secret}`, false],
      ["general", `from alice ${secret}, edited`, false],
      ["general", `from alice ${secret}`, false],
      ["general", undefined, true],
      ["old-times", `from alice ${secret}`, false],
      [there.led, `from alice ${secret}`, false],
    ]);
  });

  it("has reactions, mentions, threads, blocks, reports, and acts on rooms and members", () => {
    expect(of("reaction")).toMatchObject([{ room: "general", seq: 2, emoji: "👍" }]);
    expect(of("mention")).toMatchObject([{ room: "general", seq: 2, from: "bob" }]);
    expect(of("thread")).toEqual([{ type: "thread", room: "general", seq: 2 }]);
    expect(of("block")).toEqual([{ type: "block", blocked: "mallory", isBlocked: true }]);
    expect(of("report").map(({ by }) => by)).toEqual(["alice", "carol"]);
    const entries = of("entry").filter(({ room }) => room === there.led);
    expect(entries).toContainEqual(expect.objectContaining({ kind: "member", change: "muted" }));
    expect(entries).toContainEqual(expect.objectContaining({ kind: "room", from: "alice" }));
  });

  it("has no message that others wrote", () => {
    expect(of("message").every(({ from }) => from === "alice")).toBe(true);
  });
});

describe("npm run export-user", () => {
  const run = (...args: string[]) =>
    runToEnd("exportUser.ts", { args: ["--port", String(port), ...args] });

  it("prints a line of JSON for each fact, and says on stderr how many there are", async () => {
    const { code, output, errors } = await run("--user", "alice");
    const lines = output.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(facts);
    expect(errors).toMatch(/membership: 4, .*message: 6/);
    expect(code).toBe(0);
  });

  it("prints no fact in a dry run, and changes nothing", async () => {
    const before = await everyItem(tables);
    const { code, output, errors } = await run("--user", "alice", "--dry-run");
    expect([code, output]).toEqual([0, ""]);
    expect(errors).toContain("message: 6");
    expect(await everyItem(tables)).toEqual(before);
  });

  it("says that there is nothing about a user whom nobody knows", async () => {
    expect(await run("--user", "nobody")).toMatchObject({
      code: 0,
      output: "",
      errors: "nothing\n",
    });
  });

  it.each([
    [[], "--user names nobody"],
    [["--user", " "], "--user must be a user: 1–255 printable ASCII characters"],
    [["--user", "alice", "--rooms", "x"], "--port is for a local copy"],
    [["alice", "--user", "bob"], "Unexpected argument 'alice'"],
  ])("refuses %j in one line", async (args, reason) => {
    const { code, errors } = await run(...args);
    expect(errors).toMatch(/^[^\n]+\n$/);
    expect(errors).toContain(`unable to export a user; ${reason}`);
    expect(code).toBe(1);
  });

  it("says so when the tables cannot be reached", async () => {
    const args = ["--port", "1", "--user", "alice"];
    const { errors } = await runToEnd("exportUser.ts", { args });
    expect(errors).toBe("unable to export a user; the tables cannot be reached\n");
  });
});
