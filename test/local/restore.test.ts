/**
 * `npm run restore`: a table as it was, with all that it needs, wherever a run is killed. No
 * emulator restores to a point in time, so a port plays that; DynamoDB itself is asked by
 * `restorePorts`, whose requests are looked at.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { localCredentials, localRegion } from "../../local/emulator/database/tables.ts";
import { type RestorePorts, restore, type TableState } from "../../local/operate/restore.ts";
import { restorePorts } from "../../local/operate/restorePorts.ts";
import { runToEnd } from "./processes.ts";

const hourMs = 3_600_000;
const from = "Rooms";
const as = "restored";
const atMs = 100 * hourMs;

interface PlayedTable extends TableState {
  pollsLeft: number;
  days?: number;
}

/** DynamoDB with one table, which takes a few looks for each change; dies at its n-th change. */
function database({ diesAt = Number.POSITIVE_INFINITY, isDone = false } = {}) {
  const tables = new Map<string, PlayedTable>([
    [from, { isActive: true, isProtected: true, streamArn: "old", pollsLeft: 0, days: 20 }],
  ]);
  const state = { nowMs: 200 * hourMs, diesAt, isDone, waits: 0, faults: 0 };
  const change = (make: () => void) => {
    state.diesAt -= 1;
    if (state.diesAt > 0 || state.isDone) make();
    if (state.diesAt <= 0) throw new Error("killed");
  };
  const update = (name: string, changes: Partial<PlayedTable>) => {
    const table = tables.get(name);
    if (table === undefined || !table.isActive) throw new Error(`${name} cannot be changed now`);
    tables.set(name, { ...table, ...changes, isActive: false, pollsLeft: 2 });
  };
  const ports: RestorePorts = {
    async find(name) {
      const table = tables.get(name);
      if (table === undefined) return undefined;
      table.pollsLeft -= 1;
      if (table.pollsLeft <= 0) table.isActive = true;
      return { ...table };
    },
    async recovery(name) {
      const days = tables.get(name)?.days;
      return days === undefined ? undefined : { earliestMs: hourMs, latestMs: 199 * hourMs, days };
    },
    restore: async (table, name, restoredAtMs) =>
      change(() => {
        const restoredFrom = { table, atMs: restoredAtMs };
        tables.set(name, { isActive: false, isProtected: false, pollsLeft: 8, restoredFrom });
      }),
    protect: async (name, isProtected) => change(() => update(name, { isProtected })),
    openStream: async (name) => change(() => update(name, { streamArn: "new" })),
    keepRecovery: async (name, days) => change(() => update(name, { days })),
    remove: async (name) => change(() => tables.delete(name)),
    verify: async () => ({ rooms: 2, events: 9, faults: state.faults }),
    clock: {
      nowMs: () => state.nowMs,
      wait: async (ms) => {
        state.nowMs += ms;
        state.waits += 1;
      },
    },
  };
  return { ports, tables, state };
}

const whole = {
  isProtected: true,
  streamArn: "new",
  days: 20,
  restoredFrom: { table: from, atMs },
};

describe("restoring a table", () => {
  it("makes it as it was, protected, with a stream and as many days of recovery", async () => {
    const { ports, tables, state } = database();
    const said: string[] = [];
    const progress = (text: string) => said.push(text);
    const done = await restore(ports, { from, as, atMs, progress });
    expect(done).toEqual({ verified: { rooms: 2, events: 9, faults: 0 }, streamArn: "new" });
    expect(tables.get(as)).toMatchObject(whole);
    expect(tables.get(from)).toMatchObject({ streamArn: "old", isProtected: true });
    expect(state.waits).toBeGreaterThan(5);
    expect(said.at(-1)).toMatch(/^verified after \d+ s$/);
  });

  it("is completed by the next run, wherever one is killed", async () => {
    for (const isDone of [false, true]) {
      for (const diesAt of [1, 2, 3, 4]) {
        const { ports, tables, state } = database({ diesAt, isDone });
        await expect(restore(ports, { from, as, atMs })).rejects.toThrow("killed");
        state.diesAt = Number.POSITIVE_INFINITY;
        await restore(ports, { from, as, atMs });
        expect(tables.get(as)).toMatchObject(whole);
      }
    }
  });

  it("removes what a drill restored, and says how long it took", async () => {
    const { ports, tables } = database();
    const said: string[] = [];
    const progress = (text: string) => said.push(text);
    const done = await restore(ports, { from, as, atMs: "latest", isDrill: true, progress });
    expect(done).toEqual({ verified: { rooms: 2, events: 9, faults: 0 } });
    expect([...tables.keys()]).toEqual([from]);
    expect(said).toContainEqual(expect.stringMatching(/^restored after [1-9]\d* s$/));
  });

  it("refuses a drill on a table that was restored to be used", async () => {
    const { ports, tables } = database();
    await restore(ports, { from, as, atMs });
    const drill = restore(ports, { from, as, atMs, isDrill: true });
    await expect(drill).rejects.toThrow("restored may be in use");
    expect(tables.get(as)).toMatchObject(whole);
  });

  it("changes nothing in a dry run", async () => {
    const { ports, tables, state } = database();
    expect(await restore(ports, { from, as, atMs, isDryRun: true })).toBeUndefined();
    expect([tables.size, state.waits]).toEqual([1, 0]);
  });

  it.each([
    ["a time before the window", { atMs: 0 }, /as of any time from 1970-01-01T01:00:00/],
    ["a time behind the window", { atMs: 200 * hourMs }, /as of any time from/],
    ["a table that is not there", { from: "none" }, /there is no table none/],
    ["itself", { as: from }, /--as names the table that is restored from/],
  ])("refuses %s", async (_, options, reason) => {
    const { ports } = database();
    await expect(restore(ports, { from, as, atMs, ...options })).rejects.toThrow(reason);
  });

  it("refuses a table without recovery, and one that is there and is another", async () => {
    const { ports, tables } = database();
    tables.set(as, { isActive: true, isProtected: false, pollsLeft: 0 });
    const reason = /restored is there, and is not Rooms as of that time/;
    await expect(restore(ports, { from, as, atMs })).rejects.toThrow(reason);
    await expect(restore(ports, { from: as, as: "other", atMs })).rejects.toThrow(
      "restored has no point-in-time recovery",
    );
  });
});

describe("the requests of a restore", () => {
  it("are DynamoDB's, with a stream of new images and the days of recovery", async () => {
    const client = new DynamoDBClient({ region: localRegion, credentials: localCredentials });
    const asked: [string, unknown][] = [];
    client.middlewareStack.add(
      (_, { commandName }) =>
        async ({ input }) => {
          asked.push([String(commandName), input]);
          return { output: { $metadata: {} }, response: {} };
        },
      { step: "initialize", name: "looked at" },
    );
    const ports = restorePorts(client, { fault: () => {}, progress: () => {} });
    await ports.restore(from, as, atMs);
    await ports.protect(as, true);
    await ports.openStream(as);
    await ports.keepRecovery(as, 20);
    const PointInTimeRecoverySpecification = {
      PointInTimeRecoveryEnabled: true,
      RecoveryPeriodInDays: 20,
    };
    expect(asked).toEqual([
      [
        "RestoreTableToPointInTimeCommand",
        { SourceTableName: from, TargetTableName: as, RestoreDateTime: new Date(atMs) },
      ],
      ["UpdateTableCommand", { TableName: as, DeletionProtectionEnabled: true }],
      [
        "UpdateTableCommand",
        {
          TableName: as,
          StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
        },
      ],
      ["UpdateContinuousBackupsCommand", { TableName: as, PointInTimeRecoverySpecification }],
    ]);
  });
});

describe("npm run restore", () => {
  it.each([
    [[], "--from names no table"],
    [["--from", "Rooms", "--as", "a b"], "--as names no table"],
    [["--from", "Rooms", "--as", "new", "--to", "yesterday"], "--to takes a time such as"],
  ])("refuses %j in one line", async (args, reason) => {
    const { code, errors } = await runToEnd("restore.ts", { args });
    expect(errors).toMatch(/^unable to restore; [^\n]+\n$/);
    expect(errors).toContain(reason);
    expect(code).toBe(1);
  });
});
