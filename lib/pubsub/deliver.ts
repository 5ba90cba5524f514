/**
 * Post frames to many connections, each through its own gateway, in bounded memory and time: see
 * docs/delivery.md. No recipient can fail or delay the others, and only the answer "gone" removes
 * one. Those that are gone are handed out rather than forgotten here, because forgetting may itself
 * deliver (presence), and that must not recurse.
 */

import type { Subscription } from "../model.ts";
import type { ForgettableConnections, Ports } from "../ports.ts";
import { limits } from "../protocol/limits.ts";
import type { ForgettableSubscriptions } from "../subscriptionPorts.ts";
import { createCourse, type Ending, type Recipient } from "./post.ts";
import { Scheduler } from "./scheduler.ts";

export type DeliverPorts = Pick<Ports, "sockets" | "clock" | "random" | "report" | "measure">;

/** To deliver, and to forget the connections that are found gone. */
export type PublishPorts = DeliverPorts & {
  connections: ForgettableConnections;
  subscriptions: ForgettableSubscriptions;
};
export type Pages = AsyncIterable<readonly Subscription[]>;

export interface Selection {
  /** Leave out one connection: the one that caused the frame. */
  exceptConnection?: string | undefined;
  /** Leave out every connection of a user. */
  exceptUser?: string;
  /** Milliseconds for all of it, `limits.publishMs` unless told; `sync` covers those left. */
  withinMs?: number;
  /** Called once: behind the first post, or when the first page has nobody to post to. */
  begun?: (() => void) | undefined;
}

export interface Delivery {
  /** Recipients that were posted everything. */
  delivered: number;
  /** Connections to forget: gone, or past their expiry. */
  gone: number;
  /** Recipients whose handshake is not over, or never will be: they sync first of all. */
  unready: number;
  /** Recipients that did not get everything although they may be there. */
  skipped: number;
  /** Of the skipped, by gateway: those whose post it refused, and all others. */
  refusedBy: Map<string, number>;
  skippedBy: Map<string, number>;
  /** Recipients that were not tried for want of time; there may be more that were not read. */
  left: number;
  /** Behind which connection to go on, when time ran out: empty for the very first. */
  stoppedBehind?: string;
}

export function noDelivery(): Delivery {
  const counts = { delivered: 0, gone: 0, unready: 0, skipped: 0, left: 0 };
  return { ...counts, refusedBy: new Map(), skippedBy: new Map() };
}

/**
 * Post `frames`, in their order, to everybody in `pages`, which is read ahead. `forgetAll` is given
 * those that are gone, in batches and not concurrently, while others are still posted to. An error
 * of either is thrown when all posts have ended; `outcome` is right then, too.
 */
export async function deliver(
  ports: DeliverPorts,
  pages: Pages,
  frames: readonly Uint8Array<ArrayBuffer>[],
  selection: Selection,
  forgetAll: (gone: Subscription[]) => Promise<void>,
  outcome: Delivery = noDelivery(),
): Promise<Delivery> {
  const { clock } = ports;
  const { exceptConnection, exceptUser } = selection;
  let { begun } = selection;
  const deadlineMs = clock.nowMs() + (selection.withinMs ?? limits.publishMs);
  const gone = batches(forgetAll);
  const scheduler = new Scheduler({
    ports,
    deadlineMs,
    course: createCourse(ports, frames),
    settle(recipient, ending) {
      const counted = count(outcome, recipient, ending, clock.nowMs());
      if (counted === "gone") gone.add(recipient.subscription);
    },
    idle: gone.begin,
  });
  const start = () => {
    scheduler.start();
    begun?.();
    begun = undefined;
  };
  try {
    let behind = "";
    for await (const page of pages) {
      for (const subscription of page) {
        const { connectionId, user } = subscription;
        const isSelected = connectionId !== exceptConnection && user !== exceptUser;
        if (isSelected) scheduler.add({ subscription, behind, done: 0, tries: 0 });
        if (isSelected && begun) start();
        behind = connectionId;
      }
      start();
      await scheduler.room();
      if (clock.nowMs() >= deadlineMs) {
        stopBehind(outcome, behind);
        break;
      }
    }
  } finally {
    await scheduler.end();
    await gone.end();
  }
  return outcome;
}

/**
 * Tell the operator how it went, and who did not get everything: a line for each delivery, never
 * one for each recipient, because a gateway in trouble has thousands of them at every message.
 */
export function reportDelivery(
  { report, measure }: Pick<Ports, "report" | "measure">,
  outcome: Delivery,
  details: Readonly<Record<string, unknown>>,
): void {
  const { skipped, left, refusedBy, skippedBy } = outcome;
  for (const name of ["delivered", "gone", "unready", "skipped", "left"] as const) {
    if (outcome[name] > 0) measure(name, outcome[name]);
  }
  const refused = Object.fromEntries(refusedBy);
  if (refusedBy.size > 0) report("posts refused", { ...details, byGateway: refused });
  const byGateway = Object.fromEntries(skippedBy);
  if (skipped + left > 0) report("recipients skipped", { ...details, skipped, left, byGateway });
}

/** Count a recipient, and say as what. */
function count(outcome: Delivery, recipient: Recipient, ending: Ending, nowMs: number) {
  const { subscription, behind } = recipient;
  const counted = countedAs(subscription, ending, nowMs);
  outcome[counted] += 1;
  if (counted === "left") stopBehind(outcome, behind);
  if (counted === "skipped") {
    const by = ending === "refused" ? outcome.refusedBy : outcome.skippedBy;
    by.set(subscription.gateway, (by.get(subscription.gateway) ?? 0) + 1);
  }
  return counted;
}

function countedAs({ connectedAtMs }: Subscription, ending: Ending, nowMs: number) {
  if (ending === "delivered" || ending === "left") return ending;
  if (ending === "expired") return "gone";
  if (ending !== "gone") return "skipped";
  // Until its handshake is over a living connection answers "gone" too.
  return nowMs - connectedAtMs >= limits.handshakeMs ? "gone" : "unready";
}

/** The next delivery goes on behind the first that was left: it may repeat, and misses nobody. */
function stopBehind(outcome: Delivery, behind: string): void {
  const { stoppedBehind = behind } = outcome;
  outcome.stoppedBehind = behind < stoppedBehind ? behind : stoppedBehind;
}

/**
 * Work done on batches, one after the other. It begins before all posts have ended, because a
 * silent gateway may use up the time until then. Few may wait; the next delivery finds the others.
 */
function batches<T>(work: (batch: T[]) => Promise<void>) {
  const waiting: T[] = [];
  let working: Promise<void> | undefined;
  const workOff = async () => {
    while (waiting.length > 0) await work(waiting.splice(0, limits.goneInBatch));
    working = undefined;
  };
  /** Work on what there is, when the batch before it is done. */
  const begin = () => {
    if (waiting.length === 0 || working) return;
    working = workOff();
    working.catch(() => {}); // thrown by `end`
  };
  return {
    add(item: T): void {
      if (waiting.length < limits.goneWaiting) waiting.push(item);
      if (waiting.length >= limits.goneInBatch) begin();
    },
    begin,
    async end(): Promise<void> {
      begin();
      await working;
    },
  };
}
