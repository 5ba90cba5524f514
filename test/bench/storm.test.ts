/** A storm of reactions in small, held to the bars of the bench: it is the bench's own code. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isMet, type Outcome } from "../../bench/outcome.ts";
import { measureQuick } from "../../bench/storm.ts";
import { type Database, startDatabase } from "../../local/emulator/database/database.ts";

let database: Database;
let outcome: Outcome;
beforeAll(async () => {
  database = await startDatabase({ kind: "dynalite" });
  outcome = await measureQuick(database.endpoint);
});
afterAll(() => database?.stop());

describe("a storm of reactions", () => {
  it("tells members of many reactions at once, refuses none, and ends with right counts", () => {
    expect(outcome.bars.length).toBeGreaterThan(8);
    expect(outcome.bars.filter((bar) => !isMet(bar))).toEqual([]);
  });

  it("is told in fewer than a frame for each twenty reactions, and one at least", () => {
    const [large] = outcome.tables[0]?.rows ?? [];
    expect(large).toMatchObject({ rooms: 1, reactions: 200 });
    expect(large?.["frames of a member"]).toBeGreaterThanOrEqual(1);
    expect(large?.["frames of a member"]).toBeLessThanOrEqual(10);
  });

  it("takes about four write units for each reaction in small rooms, as one alone does", () => {
    const [, small] = outcome.tables[0]?.rows ?? [];
    expect(small?.["write units, each"]).toBeGreaterThan(1);
    expect(small?.["write units, each"]).toBeLessThanOrEqual(4);
  });
});
