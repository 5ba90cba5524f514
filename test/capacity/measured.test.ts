/**
 * Ties docs/capacity.md to the code: what it was computed from is counted again. When the service
 * has come to take more or less than was kept, `npm run capacity -- --quick` brings both up to
 * date, and the page's difference shows what that does to a bill.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MeasuredUnits, readMeasured } from "../../capacity/measured.ts";
import { measureAttacks } from "../../capacity/measuring/attacks.ts";
import { measureUnits } from "../../capacity/measuring/units.ts";
import { virtualTime } from "../../capacity/measuring/virtualTime.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { type Database, startDatabase } from "../../local/emulator/database/database.ts";

let database: Database;
let units: MeasuredUnits;
beforeAll(async () => {
  database = await startDatabase({ kind: "dynalite" });
  units = await measureUnits(database.endpoint);
});
afterAll(() => database?.stop());

describe("what docs/capacity.md is computed from", () => {
  it("is what the service takes now, for every action", async () => {
    const kept = (await readMeasured()).units;
    expect(Object.keys(units.actions)).toEqual(Object.keys(kept.actions));
    for (const [action, sized] of Object.entries(units.actions)) {
      expect(sized, action).toEqual(kept.actions[action]);
    }
    expect(units).toEqual(kept);
  });

  it("is what frames that are meant to be dear take now", async () => {
    const attacks = await measureAttacks(database.endpoint);
    expect(attacks).toEqual((await readMeasured()).attacks);
  });

  it("posts a message to everybody in a room, the sender's part being the ack", () => {
    for (const { size, posts } of units.actions["send"] ?? []) expect(posts).toBe(size);
    for (const { size, posts } of units.actions["deliver"] ?? []) expect(posts).toBe(size);
  });

  it("posts a hint to those who look, and to nobody where they are too many", () => {
    const hints = units.actions["hint"] ?? [];
    const isTold = ({ size }: { size: number }) => size <= limits.lookingConnections;
    expect(hints.some(isTold) && !hints.every(isTold)).toBe(true);
    for (const hint of hints) expect(hint.posts).toBe(isTold(hint) ? hint.size : 0);
    const actions = ["join", "leave", "read", "typing", "disconnect", "sync, first"];
    for (const { posts } of actions.flatMap((action) => units.actions[action] ?? [])) {
      expect(posts).toBe(0);
    }
  });
});

describe("virtual time", () => {
  const nothing = async () => {};

  it("adds up what is done one after the other, and overlaps what is done at once", async () => {
    const time = virtualTime();
    await time.pass(5, nothing);
    await time.pass(7, nothing);
    expect(time.nowMs()).toBe(12);
    await Promise.all([time.pass(3, nothing), time.pass(10, nothing), time.pass(10, nothing)]);
    expect(time.nowMs()).toBe(22);
  });

  it("lets the task that is due first go on first, and tasks begin anew meanwhile", async () => {
    const time = virtualTime();
    const order: string[] = [];
    const twice = async () => {
      for (const _ of [1, 2]) {
        await time.pass(4, nothing);
        order.push(`short at ${time.nowMs()}`);
      }
    };
    const once = async () => {
      await time.pass(6, nothing);
      order.push(`long at ${time.nowMs()}`);
    };
    await Promise.all([once(), twice()]);
    expect(order).toEqual(["short at 4", "long at 6", "short at 8"]);
  });

  it("stands still while something real is under way", async () => {
    const time = virtualTime();
    let finish = () => {};
    const real = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let isOver = false;
    const short = time.pass(1, nothing).then(() => {
      isOver = true;
    });
    const long = time.pass(5, () => real);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(isOver).toBe(false);
    finish();
    await short;
    expect(time.nowMs()).toBe(1);
    await long;
    expect(time.nowMs()).toBe(5);
  });

  it("passes on a failure when its time has come, and settles when all is done", async () => {
    const time = virtualTime();
    const failed = time.pass(9, async () => {
      throw new Error("no such table");
    });
    void time.pass(20, nothing);
    await expect(failed).rejects.toThrow("no such table");
    expect(time.nowMs()).toBe(9);
    await time.settled();
    expect(time.nowMs()).toBe(20);
  });
});
