/**
 * The simulation behind "A million users on a hundred gateways" in docs/capacity.md. A run at a
 * fiftieth of its users and quotas is compared with the one that was kept. When it differs,
 * `npm run capacity -- simulate` brings the page up to date.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMeasured, toJson } from "../../capacity/measured.ts";
import { assumptions } from "../../capacity/simulation/assumptions.ts";
import { type ClientRules, ourClients, unjittered } from "../../capacity/simulation/clients.ts";
import { dueQueue } from "../../capacity/simulation/dueQueue.ts";
import { emptied } from "../../capacity/simulation/emptied.ts";
import { evenGateways } from "../../capacity/simulation/fleet.ts";
import { measureScale, smallScale } from "../../capacity/simulation/measureScale.ts";
import { placed } from "../../capacity/simulation/placement.ts";
import { quota } from "../../capacity/simulation/quota.ts";
import { Simulation } from "../../capacity/simulation/simulation.ts";

const { users, gateways, quotaShare } = smallScale;
const shape = { gateways: evenGateways(gateways, users), gatewaysPerAccount: 1, quotaShare };
const homes = await placed(shape, users, 1);
const everybody = Array.from({ length: users }, (_, user) => user);
const twoHoursMs = 2 * 3_600_000;

const started = (seed: number, rules: ClientRules = ourClients) =>
  new Simulation({ ...shape, users, seed, rules, homes, httpApis: 10 });

/** Everybody on these gateways is cut off at once. */
function cutOff(simulation: Simulation, isOff: (gateway: number) => boolean = () => true) {
  simulation.at(0, () => {
    for (const user of everybody) {
      if (isOff(simulation.gatewayOf(user))) simulation.hit(user);
    }
  });
}

describe("what docs/capacity.md says of many gateways", () => {
  it("is what the code does now, and the same to the byte whenever it is run", async () => {
    const kept = (await readMeasured()).scale;
    const again = await measureScale(smallScale);
    expect(again).toEqual(kept.small);
    expect(toJson({ ...kept, small: again })).toBe(toJson(kept));
  });

  it("is of another run when the seed is another one", async () => {
    const [one, other] = [started(1), started(2)];
    for (const simulation of [one, other]) {
      cutOff(simulation);
      await simulation.run(twoHoursMs, "all are back");
    }
    expect(one.awayMs).not.toEqual(other.awayMs);
  });

  it("takes 128 bytes for a user at most", () => {
    expect(started(1).bytesPerUser).toBeLessThanOrEqual(128);
  });
});

describe("with any seed", () => {
  const seeds = fc.integer({ min: 1, max: 2 ** 31 });
  const runs = { numRuns: 5 };

  it("everybody ends on a gateway that is well, when others die", async () => {
    const dead = fc.integer({ min: 1, max: gateways - 1 });
    const how = fc.constantFrom("refuses" as const, "hangs" as const);
    await fc.assert(
      fc.asyncProperty(seeds, dead, how, async (seed, count, health) => {
        const simulation = started(seed);
        simulation.fleet.health.fill(health, 0, count);
        for (const gateway of simulation.fleet.gateways) delete gateway.capacity;
        cutOff(simulation, (gateway) => gateway < count);
        await simulation.run(twoHoursMs, "all are back");
        expect(simulation.hitAway).toBe(0);
        for (const user of everybody) {
          if (simulation.isHit[user] === 0) continue;
          expect(simulation.fleet.health[simulation.gatewayOf(user)]).toBe("well");
        }
      }),
      runs,
    );
  });

  it("nobody is left on a gateway that is drained, or moved from another one", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const simulation = started(seed);
        const [first] = simulation.fleet.gateways;
        simulation.at(0, () => {
          if (first) first.state = "draining";
          void emptied(simulation, 0, 5);
        });
        await simulation.run(twoHoursMs, "all are back");
        expect(simulation.fleet.connections[0]).toBe(0);
        for (const user of everybody) {
          if (homes[user] !== 0) expect(simulation.gatewayOf(user)).toBe(homes[user]);
        }
      }),
      runs,
    );
  });

  it("nobody is sent to a full gateway", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const simulation = started(seed);
        const [first] = simulation.fleet.gateways;
        const before = simulation.fleet.connections[0] as number;
        if (first) first.capacity = Math.ceil(before / 2);
        await simulation.run(twoHoursMs + 60_000);
        // A count is a second old at least, and each instance has its own.
        const mostSent = (first?.capacity ?? 0) + assumptions.instances;
        expect(simulation.fleet.connections[0]).toBeLessThanOrEqual(mostSent);
      }),
      runs,
    );
  });

  it("no account takes more connections in a second than its quota and its burst", async () => {
    const most = (assumptions.connectsPerSecond + assumptions.connectsBurst) * quotaShare;
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const simulation = started(seed);
        cutOff(simulation);
        await simulation.run(twoHoursMs, "all are back");
        for (const { counted } of simulation.fleet.quotas) {
          expect(counted.offeredPeak).toBeGreaterThan(most);
          expect(counted.acceptedPeak).toBeLessThanOrEqual(most);
        }
      }),
      runs,
    );
  });
});

it("waits without chance keep users out for several times as long", async () => {
  const lastMs = async (rules: ClientRules) => {
    const simulation = started(1, rules);
    cutOff(simulation);
    await simulation.run(twoHoursMs, "all are back");
    expect(simulation.hitAway).toBe(0);
    return Math.max(...simulation.awayMs);
  };
  expect(await lastMs(unjittered)).toBeGreaterThan(5 * (await lastMs(ourClients)));
});

describe("a quota", () => {
  it("lets in no more in any time than its rate and its burst", () => {
    const rate = fc.integer({ min: 1, max: 50 });
    const waits = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 300 });
    fc.assert(
      fc.property(rate, rate, waits, (perSecond, burst, gapsMs) => {
        const bucket = quota(perSecond, burst);
        let nowMs = 0;
        const letInMs = gapsMs.flatMap((gapMs) => {
          nowMs += gapMs;
          return bucket.take(nowMs) ? [nowMs] : [];
        });
        for (const [first, fromMs] of letInMs.entries()) {
          for (const [more, untilMs] of letInMs.slice(first).entries()) {
            const most = burst + (perSecond * (untilMs - fromMs)) / 1_000;
            expect(more + 1).toBeLessThanOrEqual(most + 1e-6);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe("the queue", () => {
  it("gives the turn that is due first, however often turns are moved", () => {
    const moves = fc.array(fc.tuple(fc.nat(9), fc.nat(1_000)), { minLength: 1 });
    fc.assert(
      fc.property(moves, (some) => {
        const queue = dueQueue(10);
        const due = Array(10).fill(Number.POSITIVE_INFINITY);
        for (const [user, atMs] of some) {
          queue.set(user, atMs);
          due[user] = atMs;
          expect(queue.dueMs(queue.first())).toBe(Math.min(...due));
        }
      }),
    );
  });
});
