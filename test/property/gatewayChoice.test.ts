/**
 * Which gateway a user is sent to: stable, spread by weight, and moving only whom it must. How many
 * move is measured beside Pomelo's way, `crc32(user) % n`.
 */
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Candidate, gatewaysFor } from "../../lib/actions/gateways/gatewayChoice.ts";

const gateway = fc.record<Candidate>({
  name: fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/),
  weight: fc.double({ min: 0.1, max: 10, noNaN: true }),
  state: fc.constantFrom("open", "open", "open", "draining"),
});
const gateways = fc.uniqueArray(gateway, { selector: ({ name }) => name, maxLength: 12 });
const openGateways = gateways.map((some) =>
  some.map((each) => ({ ...each, state: "open" as const })),
);
const users = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 64 }), { minLength: 1 });

const first = (user: string, some: readonly Candidate[], failed?: ReadonlySet<string>) =>
  gatewaysFor(user, some, failed).next().value?.name;
/** As a service names them: alike, and numbered. */
const named = (count: number, weight = 1): Candidate[] =>
  Array.from({ length: count }, (_, index) => ({ name: `eu-${index + 1}`, weight, state: "open" }));
const manyUsers = Array.from({ length: 20_000 }, (_, index) => `user-${index}`);
const countBy = (choose: (user: string) => string | undefined) => {
  const counts = new Map<string | undefined, number>();
  for (const user of manyUsers) {
    const chosen = choose(user);
    counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
  }
  return counts;
};

describe("the choice of a gateway", () => {
  it("is the same for the same user, in any order of the list of gateways", () => {
    fc.assert(
      fc.property(gateways, fc.string(), fc.nat(), (some, user, turn) => {
        const turned = some.map((_, index) => some[(index + turn) % some.length] as Candidate);
        expect([...gatewaysFor(user, turned.reverse())]).toEqual([...gatewaysFor(user, some)]);
      }),
    );
  });

  it("is never a draining gateway, and any open one before none", () => {
    fc.assert(
      fc.property(gateways, fc.string(), (some, user) => {
        const open = some.filter(({ state }) => state === "open");
        const order = [...gatewaysFor(user, some)];
        expect(new Set(order)).toEqual(new Set(open));
        expect(order).toHaveLength(open.length);
      }),
    );
  });

  it("puts those that failed last, and changes nothing else in the order", () => {
    fc.assert(
      fc.property(
        openGateways,
        fc.string(),
        fc.infiniteStream(fc.boolean()),
        (some, user, dice) => {
          const failed = new Set(some.filter(() => dice.next().value).map(({ name }) => name));
          const order = [...gatewaysFor(user, some)];
          expect([...gatewaysFor(user, some, failed)]).toEqual([
            ...order.filter(({ name }) => !failed.has(name)),
            ...order.filter(({ name }) => failed.has(name)),
          ]);
        },
      ),
    );
  });

  it("moves users to a gateway that is added, and between no others", () => {
    fc.assert(
      fc.property(openGateways, gateway, users, (some, added, everybody) => {
        fc.pre(some.every(({ name }) => name !== added.name));
        for (const user of everybody) {
          const [before, after] = [first(user, some), first(user, [...some, added])];
          expect([before, added.name]).toContain(after);
        }
      }),
    );
  });

  it("moves those on a gateway that goes, drains or fails, and nobody else", () => {
    fc.assert(
      fc.property(openGateways, fc.nat(), users, (some, choice, everybody) => {
        const gone = some[choice % Math.max(1, some.length)];
        const others = some.filter((each) => each !== gone);
        const draining = some.map((each) =>
          each === gone ? { ...each, state: "draining" as const } : each,
        );
        for (const user of everybody) {
          const before = first(user, some);
          const without = first(user, others);
          if (before !== gone?.name) expect(without).toBe(before);
          expect(first(user, draining)).toBe(without);
          if (gone && others.length > 0) {
            expect(first(user, some, new Set([gone.name]))).toBe(without);
          }
        }
      }),
    );
  });

  it("moves nobody away from a gateway whose weight grows", () => {
    fc.assert(
      fc.property(openGateways, fc.nat(), users, (some, choice, everybody) => {
        const grown = some[choice % Math.max(1, some.length)];
        const after = some.map((each) =>
          each === grown ? { ...each, weight: each.weight * 2 } : each,
        );
        for (const user of everybody) {
          expect([first(user, some), grown?.name]).toContain(first(user, after));
        }
      }),
    );
  });
});

describe("users", () => {
  /** Five standard deviations of so many throws of a coin that falls this way so often. */
  const tolerance = (share: number) => 5 * Math.sqrt(manyUsers.length * share * (1 - share));

  it.each([2, 3, 10, 100])("are spread evenly over %i gateways of one weight", (count) => {
    const counts = countBy((user) => first(user, named(count)));
    expect(counts.size).toBe(count);
    for (const users of counts.values()) {
      expect(Math.abs(users - manyUsers.length / count)).toBeLessThan(tolerance(1 / count));
    }
  });

  it("are spread by weight, for any weights", () => {
    const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(weights, fc.stringMatching(/^[a-z]{1,8}$/), (some, prefix) => {
        const weighted = some.map((weight, index) => ({
          name: `${prefix}-${index}`,
          weight,
          state: "open" as const,
        }));
        const sum = some.reduce((total, weight) => total + weight, 0);
        const counts = countBy((user) => first(user, weighted));
        for (const { name, weight } of weighted) {
          const off = Math.abs((counts.get(name) ?? 0) - (manyUsers.length * weight) / sum);
          expect(off).toBeLessThan(tolerance(weight / sum));
        }
      }),
      { numRuns: 15 },
    );
  });

  it("with names of two letters are spread as well: chi-square is near 1", () => {
    const letters = Array.from({ length: 32 }, (_, index) => String.fromCharCode(97 + index));
    const short = letters.flatMap((a) => letters.map((b) => a + b));
    const squares = Array.from({ length: 200 }, (_, pair) => {
      const two = named(2).map((each) => ({ ...each, name: `g${pair}-${each.name}` }));
      const here = short.filter((user) => first(user, two) === two[0]?.name).length;
      return (2 * here - short.length) ** 2 / short.length;
    });
    const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length;
    expect(mean).toBeGreaterThan(0.6);
    expect(mean).toBeLessThan(1.4); // four standard deviations
  });

  it("of a gateway that goes are spread over the others by weight, not all sent to one", () => {
    const some = named(10);
    const second = new Map<string, number>();
    for (const user of manyUsers) {
      const [best, next] = gatewaysFor(user, some);
      if (best?.name === "eu-1")
        second.set(next?.name ?? "", (second.get(next?.name ?? "") ?? 0) + 1);
    }
    const orphans = [...second.values()].reduce((total, users) => total + users, 0);
    expect(second.size).toBe(9);
    for (const users of second.values()) {
      expect(Math.abs(users - orphans / 9)).toBeLessThan(5 * Math.sqrt(orphans / 9));
    }
  });

  const modulo = (user: string, count: number) => `${crc32(user) % count}`;
  const moved = (before: (user: string) => unknown, after: (user: string) => unknown) =>
    manyUsers.filter((user) => before(user) !== after(user)).length / manyUsers.length;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

  const growth = [2, 3, 10, 100].map((count) => {
    const ours = moved(
      (user) => first(user, named(count)),
      (user) => first(user, named(count + 1)),
    );
    const theirs = moved(
      (user) => modulo(user, count),
      (user) => modulo(user, count + 1),
    );
    return { count, ours, theirs, said: `${percent(ours)} move; ${percent(theirs)} by crc32` };
  });
  it.each(growth)("move only to the added gateway, from $count on: $said", ({
    count,
    ours,
    theirs,
  }) => {
    const least = 1 / (count + 1);
    expect(ours * manyUsers.length).toBeLessThan(least * manyUsers.length + tolerance(least));
    // Of the remainders by n and by n + 1 one in n + 1 agrees.
    expect(theirs).toBeGreaterThan((1 - least) * 0.95);
  });
});
