/**
 * Holds the price of every action: the bench's own code and its own bars, in a service that is a
 * good deal larger the second time, if not a thousand times.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isMet, type Outcome } from "../../bench/outcome.ts";
import { measure } from "../../bench/units.ts";
import { clientFrames } from "../../lib/protocol/clientFrames.ts";
import { type Database, startDatabase } from "../../local/emulator/database/database.ts";

let database: Database;
let outcome: Outcome;
beforeAll(async () => {
  database = await startDatabase({ kind: "dynalite" });
  outcome = await measure(database.endpoint, true);
});
afterAll(() => database?.stop());

describe("what an action costs", () => {
  it("is 1 write unit and at most 4 read units for a send to ten members", () => {
    expect(rowOf("send to 10 members")).toMatchObject({ "write units": 1, posts: 11 });
    expect(rowOf("send to 10 members")?.["read units"]).toBeLessThanOrEqual(4);
  });

  it("is the same in a large service, for every action", () => {
    const rows = outcome.tables[0]?.rows ?? [];
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter((row) => row["others add"] !== "nothing")).toEqual([]);
  });

  it("is counted for every action that there is", () => {
    const counted = outcome.tables[0]?.rows.map((row) => String(row["action"]).split(/[ ,]/)[0]);
    const actions = Object.keys(clientFrames).filter((action) => !counted?.includes(action));
    expect(actions).toEqual([]);
  });

  it("writes nothing when a message is sent again", () => {
    expect(rowOf("send, again for want of an ack")).toMatchObject({ "write units": 0, posts: 11 });
  });

  it("is one read unit more for a direct message where requests are held, and no write", () => {
    const [plain, held] = ["send to a user", "send to a user, where requests are held"].map(rowOf);
    const { "read units": readUnits, "write units": writeUnits } = plain ?? {};
    expect(held).toMatchObject({ "read units": Number(readUnits) + 1, "write units": writeUnits });
    expect(rowOf("send, refused until that is accepted")).toMatchObject({
      "write units": 0,
      posts: 0,
    });
    expect(rowOf("send, a message request")?.posts).toBe(2); // the ack, and the invitation
  });

  it("is at most 4 write units for a reaction, and none for one that is sent again", () => {
    expect(rowOf("react, the 20th user")?.["write units"]).toBeLessThanOrEqual(4);
    expect(rowOf("react, again")).toMatchObject({ "write units": 0, posts: 0 });
  });

  it("is 2 write units for a reply in a thread, and at most 5 for counting it", () => {
    expect(rowOf("send, a reply in a thread")?.["write units"]).toBe(2);
    expect(rowOf("count the replies, by the stream")?.["write units"]).toBeLessThanOrEqual(5);
  });

  it.each([
    "readers",
    "report",
    "reports",
    "directory",
    "pin",
    "block",
    "blocks",
    "mentions, 1 unread",
    "thread, 1 reply",
    "join, accepting a message request",
    "decline, a message request",
  ])("writes at most 3 units for %s", (action) => {
    expect(rowOf(action)?.["write units"]).toBeLessThanOrEqual(3);
  });

  it("meets every bar of the bench", () => {
    expect(outcome.bars.filter((bar) => !isMet(bar))).toEqual([]);
  });
});

function rowOf(action: string) {
  return outcome.tables[0]?.rows.find((row) => row["action"] === action);
}
