/** What must hold of one message's cost in a room of any size, and of the units it is made of. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMeasured, unitsAt } from "../../capacity/measured.ts";
import { messageUsage, shardsFor } from "../../capacity/message.ts";
import { billOf, totalOf } from "../../capacity/prices.ts";
import { limits } from "../../lib/protocol/limits.ts";

const measured = await readMeasured();
const amount = (max: number) => fc.double({ min: 0, max, noNaN: true });
/** How far sums of doubles may be off. */
const tolerance = 1e-9;

describe("one message", () => {
  it("is a frame for everybody who hears it, however it is delivered", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 4_000_000 }), (connections) => {
        // Beyond direct delivery the sender gets both: the ack, and the event as everybody.
        const acks = connections > limits.directConnections ? 1 : 0;
        const { framesOut } = messageUsage(measured, connections);
        expect(framesOut / (connections + acks)).toBeCloseTo(1, 9);
      }),
    );
  });

  it("costs no more when it shares frames", () => {
    fc.assert(
      fc.property(amount(1_000_000), fc.integer({ min: 1, max: 100 }), (connections, together) => {
        const alone = totalOf(billOf(messageUsage(measured, connections), 1));
        const shared = totalOf(billOf(messageUsage(measured, connections, together), 1));
        expect(shared).toBeLessThanOrEqual(alone * (1 + tolerance));
      }),
    );
  });

  it("finds shards that are full at most, until there are as many as there may be", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4_000_000 }), (connections) => {
        const shards = shardsFor(connections);
        expect(connections / shards).toBeLessThanOrEqual(limits.shardConnections);
        expect(shards === 1 || (2 * connections) / shards > limits.shardConnections).toBe(true);
      }),
    );
  });
});

describe("units", () => {
  const each = Object.entries(measured.units.actions);

  it("are what was measured, at each size that was", () => {
    for (const [action, sized] of each) {
      const sizes = sized.map(({ size }) => size);
      expect(sizes, action).toEqual(sizes.toSorted((a, b) => a - b));
      for (const { size, ...units } of sized) {
        expect(unitsAt(measured.units, action, size), action).toEqual(units);
      }
    }
  });

  it("lie between their neighbours at sizes that were not", () => {
    fc.assert(
      fc.property(fc.constantFrom(...each), amount(2_000), ([action, sized], size) => {
        const { readUnits } = unitsAt(measured.units, action, size);
        const all = sized.map((units) => units.readUnits);
        expect(readUnits).toBeGreaterThanOrEqual(Math.min(...all) * (1 - tolerance));
        expect(readUnits).toBeLessThanOrEqual(Math.max(...all) * (1 + tolerance));
      }),
    );
  });

  it("are refused for an action that was not measured", () => {
    expect(() => unitsAt(measured.units, "shout")).toThrow("no units of shout");
  });
});
