/**
 * A small case: a service in some state, a few threads of requests that race, and what must hold
 * whatever the order. A killed request is sent again by its client, as clients do; a killed
 * `$disconnect` is not, since gateways do not.
 */

import type { ConnectedCaller } from "../../lib/model.ts";
import { nowMs } from "../support/fixtures.ts";
import type { Here, SmallCase } from "./caseShape.ts";
import {
  type Choice,
  type Exploration,
  type ExploreOptions,
  explore,
  type Finding,
  type Run,
  wander,
} from "./explore.ts";
import { randomOf } from "./random.ts";
import { allElse } from "./scheduler.ts";
import { realService, type Service } from "./service.ts";
import { createSimulation, type Simulation } from "./simulation.ts";
import { settle } from "./verdict.ts";

export interface CaseOptions {
  /** In place of the real one, made anew for each order. */
  service?: () => Service;
  isEnough?: ExploreOptions["isEnough"];
  kills?: number;
  /** Two unless told: alice is on the first, all others on the second. */
  gateways?: 1 | 2;
  ordersMax: number;
}

/** Try the orders of a case, `ordersMax` of them at most. */
export async function exploreCase(small: SmallCase, options: CaseOptions): Promise<Exploration> {
  const { ordersMax, isEnough = () => false } = options;
  return explore(() => beginRun(small, options), { ordersMax, isEnough });
}

/** Try random orders of a case, the same ones each time. */
export async function wanderCase(
  small: SmallCase,
  options: Omit<CaseOptions, "ordersMax"> & { orders: number; seed: number },
): Promise<Finding[]> {
  const random = randomOf(options.seed);
  return wander(() => beginRun(small, options), { orders: options.orders, random });
}

async function beginRun(small: SmallCase, options: Omit<CaseOptions, "ordersMax">): Promise<Run> {
  const simulation = simulationOf(small, options);
  const here = peopleIn(simulation, options.gateways ?? 2);
  simulation.isDirect = true;
  const threads = await small.prepare(here);
  simulation.isDirect = false;
  for (const thread of Object.values(threads)) void thread();
  await allElse();

  let killsLeft = options.kills ?? small.kills;
  return {
    choices: () => [...stepsOf(small, simulation), ...(killsLeft > 0 ? killsOf(simulation) : [])],
    async take(id) {
      const step = simulation.scheduler.steps().find((one) => one.id === id);
      if (step) return simulation.scheduler.take(step);
      killsLeft -= 1;
      const operation = simulation.underWay.get(id.slice("kill ".length));
      if (operation === undefined) throw new Error(`there is no choice ${id}`);
      operation.die();
      here.wasKilled = true;
      await allElse();
      return [{ thing: "kill", writes: true }];
    },
    async finish() {
      const violations = await settle(small, here);
      return violations.map(({ promise, story }) => `promise ${promise}: ${story}`);
    },
  };
}

function simulationOf(small: SmallCase, options: Pick<CaseOptions, "service">): Simulation {
  let losses = small.isPutAnswerLost ? 1 : 0;
  const simulation = createSimulation({
    service: options.service?.() ?? realService,
    ...(small.isTimed && { isTimed: true }),
    ...(small.pageMs !== undefined && { pageMs: small.pageMs }),
    ...(small.largeRoomConnections !== undefined && {
      largeRoomConnections: small.largeRoomConnections,
    }),
    ...(small.pageSize !== undefined && { pageSize: small.pageSize }),
    ...(small.holdsRequests && { holdsRequests: true }),
    ...(small.retentionMs !== undefined && { retentionMs: small.retentionMs }),
    isPutAnswerLost: () => losses-- > 0,
    posted(connection, _frame, arrive) {
      const answer = (!simulation.isDirect && small.ills?.[connection]) || "delivered";
      if (answer === "delivered") arrive();
      return answer;
    },
  });
  return simulation;
}

function stepsOf({ ills }: SmallCase, { scheduler }: Simulation): Choice[] {
  const steps = scheduler.steps();
  const prompt = steps.filter(({ kind }) => kind !== "timer");
  const possible = ills && prompt.length > 0 ? prompt : steps;
  return possible.map(({ id, thread, label }) => ({ id, thread, label, isKill: false }));
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

function peopleIn(simulation: Simulation, gateways: 1 | 2): Here {
  const callers = new Map<string, ConnectedCaller>();
  const here: Here = {
    simulation,
    wasKilled: false,
    callerOf(connection) {
      const user = connection.split("-")[0] ?? "";
      const gateway = `http://gateway-${user === "alice" ? 1 : gateways}`;
      const caller =
        callers.get(connection) ??
        simulation.callerOf(user, connection, (here.aged?.nowMs ?? nowMs) + 86_400_000, gateway);
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
    age(ms) {
      simulation.scheduler.nowMs += ms;
      here.aged = { nowMs: simulation.scheduler.nowMs, at: simulation.entries.length };
    },
    async sweep(thread) {
      while ((await simulation.sweep(thread)).died);
    },
    async post(thread, user, post) {
      while ((await simulation.post(thread, user, post)).died);
    },
  };
  return here;
}
