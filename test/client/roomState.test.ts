/** A room's events, however they come (promise 4, the client's half). */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as limits from "../../client/limits.ts";
import { RoomState } from "../../client/roomState.ts";
import { logEvent } from "../support/fixtures.ts";

const seqs = (events: readonly { seq: number }[]) => events.map(({ seq }) => seq);
const eventsAt = (...positions: number[]) => positions.map((seq) => logEvent(seq));

describe("a room's state", () => {
  it("hands out what is in order at once", () => {
    const state = new RoomState(0);
    expect(seqs(state.receive(eventsAt(1, 2)))).toEqual([1, 2]);
    expect([state.cursor, state.hasGap]).toEqual([2, false]);
  });

  it("drops positions that it has", () => {
    const state = new RoomState(60);
    expect(state.receive(eventsAt(59, 60))).toEqual([]);
    expect(seqs(state.receive(eventsAt(61, 61)))).toEqual([61]);
    expect(state.receive(eventsAt(61))).toEqual([]);
  });

  it("holds what comes too early until what is before it has come", () => {
    const state = new RoomState(0);
    expect(state.receive(eventsAt(3, 2))).toEqual([]);
    expect([state.cursor, state.hasGap]).toEqual([0, true]);
    expect(seqs(state.receive(eventsAt(1)))).toEqual([1, 2, 3]);
    expect(state.hasGap).toBe(false);
  });

  it("holds no more than so many, and keeps the gap that this leaves", () => {
    const state = new RoomState(0);
    const early = Array.from({ length: limits.waitingEvents + 5 }, (_, i) => logEvent(i + 2));
    expect(state.receive(early)).toEqual([]);
    expect(state.receive(eventsAt(1))).toHaveLength(limits.waitingEvents + 1);
    expect(state.hasGap).toBe(true);
    expect(state.receive(early)).toHaveLength(5);
    expect(state.hasGap).toBe(false);
  });

  it("hands out every event once, in order, for any pushes and syncs (promise 4)", () => {
    // A push is any run of the log, however often and in whatever order; "sync" is a page of what
    // came after the cursor, from a log that has grown as far as it says.
    const step = fc.oneof(
      fc.record({ from: fc.integer({ min: 1, max: 30 }), count: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ head: fc.integer({ min: 0, max: 30 }), page: fc.integer({ min: 1, max: 7 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(10), (steps, start) => {
        const log = Array.from({ length: 30 }, (_, i) => logEvent(i + 1));
        const state = new RoomState(start);
        const applied: number[] = [];
        const sync = (head: number, page: number) => {
          const after = log.slice(state.cursor, Math.max(state.cursor, head));
          applied.push(...seqs(state.receive(after.slice(0, page))));
        };
        for (const one of steps) {
          if ("page" in one) sync(one.head, one.page);
          else {
            const pushed = log.slice(one.from - 1, one.from - 1 + one.count);
            applied.push(...seqs(state.receive(pushed)));
          }
          expect(applied).toEqual(applied.map((_, i) => start + i + 1));
          expect(state.cursor).toBe(start + applied.length);
        }
        for (let page = 0; page < 30; page += 1) sync(30, 7);
        expect(applied).toEqual(seqs(log.slice(start)));
        expect(state.hasGap).toBe(false);
      }),
    );
  });
});
