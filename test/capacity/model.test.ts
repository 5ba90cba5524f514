/**
 * What must hold of the capacity model whatever people do. A cost that falls when they do more, a
 * bill whose lines are not its total, or a quota that is said to bind and does not, would be found
 * by nobody who reads only the four columns of docs/capacity.md.
 *
 * One thing does get cheaper as it grows, and is meant to: a room that more connections look at
 * than hints are for. Rooms are grown within their kind.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { activitiesOf } from "../../capacity/activities.ts";
import { assumptions, type Habits, habits, type RoomHabit } from "../../capacity/habits.ts";
import { readMeasured } from "../../capacity/measured.ts";
import { scaleOf } from "../../capacity/page/tables.ts";
import { billOf, totalOf } from "../../capacity/prices.ts";
import { gatewaysFor, headroomsOf, quotasOf } from "../../capacity/quotas.ts";
import { times } from "../../capacity/usage.ts";
import { limits } from "../../lib/protocol/limits.ts";

const measured = await readMeasured();

/** In thousandths: nobody has a room that is nearly none. */
const between = (min: number, max: number) =>
  fc.integer({ min: min * 1_000, max: max * 1_000 }).map((thousandths) => thousandths / 1_000);
const amount = (max: number) => between(0, max);
/**
 * The sizes between which a room stays of one kind, and the shares of its connections that look at
 * it: of the larger ones nobody or everybody, so that none of them loses its hints by growing.
 */
const kinds = [
  [2, limits.lookingConnections, amount(1)],
  [limits.lookingConnections + 2, limits.directConnections, fc.constantFrom(0, 1)],
  [limits.directConnections + 1, 1_000_000, fc.constantFrom(0, 1)],
] as const;
const anyRoom: fc.Arbitrary<RoomHabit> = fc.oneof(
  fc.record({
    rooms: amount(20),
    share: amount(1),
    connections: amount(8),
    isDirect: fc.constant(true),
  }),
  ...kinds.map(([min, max]) =>
    fc.record({
      rooms: amount(20),
      share: amount(1),
      connections: between(min, max),
      isDirect: fc.constant(false),
    }),
  ),
);
const anyHabits: fc.Arbitrary<Habits> = fc.record({
  devices: between(1, 5),
  hoursConnected: between(0.1, 24),
  onlineAtPeak: between(0.01, 1),
  opens: amount(100),
  drops: amount(10),
  messages: amount(500),
  resent: amount(1),
  typing: amount(10),
  reads: amount(500),
  history: amount(50),
  looks: amount(50),
  looking: amount(1),
  joins: amount(10),
  keptMonths: amount(120),
  rooms: fc
    .array(anyRoom, { minLength: 1, maxLength: 4 })
    .map((rooms) => Object.fromEntries(rooms.map((room, n) => [`kind ${n}`, room]))),
});
const users = fc.integer({ min: 1, max: 50_000_000 });
const numbers = (Object.keys(habits) as (keyof Habits)[]).filter(
  (name) => name !== "rooms" && name !== "looking",
);
/** How far sums of doubles may be off. */
const tolerance = 1e-9;

const costOf = (of: Habits): number => scaleOf(of, measured, 1_000).usd;
const atLeast = (cost: number) => cost * (1 - tolerance);

describe("the bill", () => {
  it.each(numbers)("does not fall when there is more of %s", (name) => {
    fc.assert(
      fc.property(anyHabits, amount(3), (of, more) => {
        const grown = { ...of, [name]: of[name] * (1 + more) };
        expect(costOf(grown)).toBeGreaterThanOrEqual(atLeast(costOf(of)));
      }),
    );
  });

  it.each(["rooms", "share"] as const)("does not fall when a kind of room has more %s", (name) => {
    fc.assert(
      fc.property(anyHabits, anyRoom, amount(3), (of, room, more) => {
        const grown = { ...room, [name]: room[name] * (1 + more) };
        expect(costOf(withRoom(of, grown))).toBeGreaterThanOrEqual(
          atLeast(costOf(withRoom(of, room))),
        );
      }),
    );
  });

  it.each(kinds)("does not fall when rooms of %d to %d connections grow", (min, max, share) => {
    const size = between(min, max);
    fc.assert(
      fc.property(anyHabits, share, size, size, (any, looking, one, other) => {
        const of = { ...any, looking };
        const [smaller, larger] = [one, other].sort((a, b) => a - b).map(roomOf);
        if (smaller === undefined || larger === undefined) throw new RangeError("two sizes");
        expect(costOf(withRoom(of, larger))).toBeGreaterThanOrEqual(
          atLeast(costOf(withRoom(of, smaller))),
        );
      }),
    );
  });

  it("does not fall when more connections look at small rooms", () => {
    const size = between(2, limits.lookingConnections);
    fc.assert(
      fc.property(amount(1), amount(1), size, (one, other, connections) => {
        const of = { ...habits, rooms: { small: roomOf(connections) } };
        const [fewer = 0, more = 0] = [one, other].sort((a, b) => a - b);
        expect(costOf({ ...of, looking: more })).toBeGreaterThanOrEqual(
          atLeast(costOf({ ...of, looking: fewer })),
        );
      }),
    );
  });

  it("is the sum of its lines, and of what is done", () => {
    fc.assert(
      fc.property(anyHabits, users, (of, count) => {
        const { bill, usd } = scaleOf(of, measured, count);
        const activities = activitiesOf(of, measured).map(({ usage }) =>
          totalOf(billOf(times(usage, count * assumptions.daysPerMonth), of.keptMonths)),
        );
        expectClose(
          bill.reduce((sum, line) => sum + line.usd, 0),
          usd,
        );
        expectClose(
          activities.reduce((sum, cost) => sum + cost, 0),
          usd,
        );
      }),
    );
  });

  it("doubles in every line when there are twice as many users", () => {
    fc.assert(
      fc.property(anyHabits, users, (of, count) => {
        const [once, twice] = [count, 2 * count].map((n) => scaleOf(of, measured, n));
        for (const [index, line] of (once?.bill ?? []).entries()) {
          expectClose(twice?.bill[index]?.usd ?? 0, 2 * line.usd);
        }
      }),
    );
  });

  it("charges nothing to a service where nobody is", () => {
    expect(scaleOf(habits, measured, 0).usd).toBe(0);
  });
});

describe("the quotas", () => {
  it("name the one with the least headroom first", () => {
    fc.assert(
      fc.property(anyHabits, users, (of, count) => {
        const { peak } = scaleOf(of, measured, count);
        const found = headroomsOf(peak);
        const all = quotasOf(measured).map(({ most, load }) => most / load(peak));
        expect(found[0]?.headroom).toBe(Math.min(...all));
        expect(found).toHaveLength(all.length);
      }),
    );
  });

  it("are kept by as many gateways as the model asks for, and not by fewer", () => {
    fc.assert(
      fc.property(anyHabits, users, (of, count) => {
        const { peak } = scaleOf(of, measured, count);
        const gateways = gatewaysFor(peak);
        const own = quotasOf(measured).filter(({ per }) => per === "gateway");
        const isKeptBy = (number: number) =>
          own.every(({ most, load }) => load(peak) <= number * most * assumptions.quotaShare);
        expect(isKeptBy(gateways)).toBe(true);
        expect(gateways === 1 || !isKeptBy(gateways - 1)).toBe(true);
      }),
    );
  });

  it("are used twice as much by twice as many users, but for those of one room", () => {
    fc.assert(
      fc.property(anyHabits, users, (of, count) => {
        const [once, twice] = [count, 2 * count].map((n) => scaleOf(of, measured, n).peak);
        if (once === undefined || twice === undefined) throw new RangeError("two scales");
        for (const { per, load } of quotasOf(measured)) {
          expectClose(load(twice), load(once) * (per === "room" ? 1 : 2));
        }
      }),
    );
  });
});

const roomOf = (connections: number): RoomHabit => ({
  rooms: 1,
  share: 0.5,
  connections,
  isDirect: false,
});

function withRoom(of: Habits, room: RoomHabit): Habits {
  return { ...of, rooms: { ...of.rooms, another: room } };
}

function expectClose(found: number, wanted: number): void {
  expect(Math.abs(found - wanted)).toBeLessThanOrEqual(Math.abs(wanted) * tolerance + 1e-12);
}
