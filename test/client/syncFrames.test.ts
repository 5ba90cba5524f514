/** Syncs of many rooms fit the service's limits, however long the rooms' names are. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { syncFields, syncFrames } from "../../client/syncFrames.ts";
import { limits } from "../../lib/protocol/limits.ts";

/** Longer than any name is, and with characters that JSON escapes. */
const name = fc
  .tuple(fc.integer({ min: 1, max: 600 }), fc.constantFrom("a", "~0", '"'))
  .map(([length, unit]) => unit.repeat(length));
const rooms = fc.uniqueArray(fc.record({ name, cursor: fc.nat(Number.MAX_SAFE_INTEGER) }), {
  maxLength: 200,
  selector: (room) => room.name,
});

const bytesOf = (some: Parameters<typeof syncFields>[0]) =>
  JSON.stringify({ action: "sync", id: String(Number.MAX_SAFE_INTEGER), ...syncFields(some) })
    .length;

it("a frame has no more rooms and names than the service takes, and each room is in one", () => {
  fc.assert(
    fc.property(rooms, (all) => {
      const frames = syncFrames(all);
      expect(frames.flat()).toEqual(all);
      for (const some of frames) {
        expect(some.length).toBeLessThanOrEqual(limits.syncRooms);
        expect(bytesOf(some)).toBeLessThanOrEqual(limits.frameBytes);
        const names = JSON.stringify(some.map((room) => room.name));
        expect(names.length).toBeLessThanOrEqual(limits.syncNameBytes);
      }
    }),
  );
});

it("rooms with names of usual length go fifty to a frame", () => {
  const all = Array.from({ length: 120 }, (_, i) => ({ name: `dm:alice:user-${i}`, cursor: i }));
  expect(syncFrames(all).map(({ length }) => length)).toEqual([50, 50, 20]);
});
