/**
 * A small case: a service in some state, a few threads of requests that race, and what must hold
 * whatever the order. A killed request is sent again by its client, as clients do; a killed
 * `$disconnect` is not, since gateways do not.
 */

import type { ConnectedCaller } from "../../lib/domain/model.ts";
import { roomTopic, topicRoom } from "../../lib/domain/topics.ts";
import { check } from "../support/checker/check.ts";
import { presenceSettles } from "../support/checker/delivery.ts";
import type { Request, Violation } from "../support/checker/history.ts";
import { nowMs } from "../support/fixtures.ts";
import {
  type Choice,
  type Exploration,
  type ExploreOptions,
  explore,
  type Run,
} from "./explore.ts";
import { allElse } from "./scheduler.ts";
import { type Actions, realActions } from "./service.ts";
import { createSimulation, defectsOf, type Simulation } from "./simulation.ts";

export interface SmallCase {
  title: string;
  /** How many operations may be killed in one order. */
  kills: 0 | 1;
  /** The rooms that everybody who is connected syncs at the end. */
  rooms: string[];
  isTimed?: boolean;
  isPutAnswerLost?: boolean;
  prepare(here: Here): Promise<Record<string, () => Promise<void>>>;
}

/** A simulation with people in it. Connections are named alice-1, alice-2, …: user and number. */
export interface Here {
  simulation: Simulation;
  callerOf(connection: string): ConnectedCaller;
  /** Connect, and join rooms. */
  arrive(connection: string, ...rooms: string[]): Promise<void>;
  /** Ask, again after each time that the handler was killed. */
  ask(thread: string, connection: string, frame: Request): Promise<void>;
}

export interface CaseOptions {
  /** In place of the real ones, made anew for each order. */
  actions?: () => Actions;
  isEnough?: ExploreOptions["isEnough"];
  kills?: 0 | 1;
  ordersMax: number;
}

/** Try the orders of a case, `ordersMax` of them at most. */
export async function exploreCase(small: SmallCase, options: CaseOptions): Promise<Exploration> {
  const { ordersMax, isEnough = () => false } = options;
  return explore(() => beginRun(small, options), { ordersMax, isEnough });
}

async function beginRun(small: SmallCase, options: CaseOptions): Promise<Run> {
  let losses = small.isPutAnswerLost ? 1 : 0;
  const simulation = createSimulation({
    actions: options.actions?.() ?? realActions,
    ...(small.isTimed && { isTimed: true }),
    isPutAnswerLost: () => losses-- > 0,
  });
  const here = peopleIn(simulation);
  simulation.isDirect = true;
  const threads = await small.prepare(here);
  simulation.isDirect = false;
  for (const thread of Object.values(threads)) void thread();
  await allElse();

  let killsLeft: number = options.kills ?? small.kills;
  return {
    choices: () => [
      ...simulation.scheduler
        .steps()
        .map(({ id, thread, label }) => ({ id, thread, label, isKill: false })),
      ...(killsLeft > 0 ? killsOf(simulation) : []),
    ],
    async take(id) {
      const step = simulation.scheduler.steps().find((one) => one.id === id);
      if (step) return simulation.scheduler.take(step);
      killsLeft -= 1;
      const operation = simulation.underWay.get(id.slice("kill ".length));
      if (operation === undefined) throw new Error(`there is no choice ${id}`);
      operation.die();
      await allElse();
      return [{ thing: "kill", writes: true }];
    },
    async finish() {
      const violations = await settle(small, here);
      return violations.map(({ promise, story }) => `promise ${promise}: ${story}`);
    },
  };
}

/** Where killing makes a difference: between a request's effect and its answer. */
function killsOf({ scheduler, underWay }: Simulation): Choice[] {
  const unanswered = scheduler.steps().filter(({ kind }) => kind === "answer");
  return [...underWay].flatMap(([name, { thread }]) =>
    unanswered.some(({ id }) => id.startsWith(`${name}.`))
      ? [{ id: `kill ${name}`, thread, label: `kill ${name}`, isKill: true }]
      : [],
  );
}

function peopleIn(simulation: Simulation): Here {
  const callers = new Map<string, ConnectedCaller>();
  const here: Here = {
    simulation,
    callerOf(connection) {
      const user = connection.split("-")[0] ?? "";
      const caller =
        callers.get(connection) ?? simulation.callerOf(user, connection, nowMs + 86_400_000);
      callers.set(connection, caller);
      return caller;
    },
    async arrive(connection, ...rooms) {
      await simulation.connect(connection, here.callerOf(connection));
      for (const room of rooms) await here.ask(connection, connection, { action: "join", room });
    },
    async ask(thread, connection, frame) {
      const caller = here.callerOf(connection);
      while ((await simulation.request(thread, caller, frame)).died);
    },
  };
  return here;
}

/**
 * Two operations that undo each other may take turns, in an order that is made for it, until a
 * bound ends it and one of them fails. Long runs must not come across it.
 */
const takesTurns = /lost its reservation \d+ times|(gained|changed) topics in \d+ rounds/;

/** What is wrong now, and after everybody who is still connected has synced. */
async function settle(small: SmallCase, here: Here): Promise<Violation[]> {
  const { simulation } = here;
  const violations = check(await simulation.history(), { isLossless: true });
  violations.push(...(await strayOf(simulation)));
  if (small.isTimed) violations.push(...presenceSettles(await simulation.history()));
  simulation.isDirect = true;
  for (const connection of simulation.stores.network.open) {
    const rooms = Object.fromEntries(small.rooms.map((room) => [room, 0]));
    await here.ask("end", connection, { action: "hello" });
    await here.ask("end", connection, { action: "sync", rooms });
  }
  violations.push(...check(await simulation.history(), { isLossless: false }));
  violations.push(...defectsOf(simulation).filter(({ story }) => !takesTurns.test(story)));
  return violations;
}

/** Subscriptions that no connection item names, or whose user is no member. */
async function strayOf({ stores, entries }: Simulation): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const topic of stores.topics) {
    for (const { connectionId, user } of await stores.subscribersOf(topic)) {
      const blame = (promise: number, story: string) =>
        violations.push({ promise, story, at: entries.length, connection: connectionId });
      const known = await stores.connections.find(connectionId);
      if (!known?.topics.has(topic)) {
        blame(8, `nothing names the subscription of ${connectionId} to ${topic}`);
      }
      const room = topicRoom(topic);
      if (room !== undefined && !(await stores.memberships.find(user, room))) {
        blame(7, `${connectionId} is left subscribed to ${roomTopic(room)}, as no member`);
      }
    }
  }
  return violations;
}
