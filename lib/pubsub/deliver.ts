/**
 * Post frames to many connections, each through its own gateway, in bounded memory and time.
 * Nothing that a recipient does can fail or delay the others: no answer throws, every gateway has a
 * lane of its own, and the only answer that removes anybody is "gone". Those are handed out in
 * batches rather than forgotten here, because forgetting somebody may itself deliver (presence),
 * and that must not recurse.
 *
 * Recipients are read ahead while others are posted to. The lanes share the posts in flight, each
 * with a part of them at most; and reading waits while too many recipients do.
 */
import type { Subscription } from "../model.ts";
import type { Ports, PostResult } from "../ports.ts";
import { limits } from "../protocol/limits.ts";
import type { Lane } from "./lane.ts";
import { disconnect, postWithRetries } from "./post.ts";
import { createPosting } from "./posting.ts";

export type DeliverPorts = Pick<Ports, "gateways" | "clock" | "random" | "report">;
export type Pages = AsyncIterable<readonly Subscription[]>;

export interface Selection {
  /** Leave out one connection: the one that caused the frame. */
  exceptConnection?: string | undefined;
  /** Leave out every connection of a user. */
  exceptUser?: string;
  /** Milliseconds for all of it, `limits.publishMs` unless told; `sync` covers those left. */
  withinMs?: number;
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

export const noDelivery = (): Delivery => ({
  delivered: 0,
  gone: 0,
  unready: 0,
  skipped: 0,
  refusedBy: new Map(),
  skippedBy: new Map(),
  left: 0,
});

/**
 * Post `frames`, in their order, to everybody in `pages`. `forgetAll` is called with whoever is
 * gone, in batches and not concurrently, while others are still posted to; what it throws is
 * thrown, when all posts have ended. `outcome` is counted in, so that it is right when something
 * throws, too.
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
  const deadlineMs = clock.nowMs() + (selection.withinMs ?? limits.publishMs);
  const gone = batches(forgetAll);
  const reach = async (recipient: Subscription, lane: Lane) => {
    const result = await reachOne(ports, recipient, frames, deadlineMs, lane);
    const counted = countedAs(ports, recipient, result);
    if (counted === "skipped") skip(outcome, recipient, result);
    else outcome[counted] += 1;
    if (counted === "gone") gone.add(recipient);
  };
  const stopBehind = (connectionId: string) => {
    const { stoppedBehind = connectionId } = outcome;
    outcome.stoppedBehind = connectionId < stoppedBehind ? connectionId : stoppedBehind;
  };
  const posting = createPosting({
    clock,
    random: ports.random,
    deadlineMs,
    reach,
    pass(why, { recipient, behind }) {
      if (why === "skipped") return skip(outcome, recipient, "failed");
      outcome.left += 1;
      stopBehind(behind);
    },
    idle: gone.begin,
  });

  let behind = "";
  for await (const page of pages) {
    for (const recipient of page) {
      if (isSelected(recipient, selection)) posting.add({ recipient, behind });
      behind = recipient.connectionId;
    }
    await posting.room();
    if (clock.nowMs() >= deadlineMs) {
      stopBehind(behind);
      break;
    }
  }
  await posting.end();
  await gone.end();
  return outcome;
}

/**
 * Tell the operator who did not get everything: a line for each delivery, never one for each
 * recipient, because a gateway in trouble has thousands of them at every message.
 */
export function reportSkipped(
  { report }: Pick<Ports, "report">,
  { skipped, left, refusedBy, skippedBy }: Delivery,
  details: Readonly<Record<string, unknown>>,
): void {
  const posts = Object.fromEntries(refusedBy);
  if (refusedBy.size > 0) report("posts refused", { ...details, byGateway: posts });
  const byGateway = Object.fromEntries(skippedBy);
  if (skipped + left > 0) report("recipients skipped", { ...details, skipped, left, byGateway });
}

function isSelected(recipient: Subscription, { exceptConnection, exceptUser }: Selection): boolean {
  return recipient.connectionId !== exceptConnection && recipient.user !== exceptUser;
}

/** The first answer that is not "delivered" ends it: later frames would only make a gap. */
async function reachOne(
  ports: DeliverPorts,
  recipient: Subscription,
  frames: readonly Uint8Array<ArrayBuffer>[],
  deadlineMs: number,
  lane: Lane,
): Promise<PostResult | "expired"> {
  if (recipient.expiresAtMs <= ports.clock.nowMs()) {
    await disconnect(ports, recipient, "token_expired", deadlineMs, lane);
    return "expired";
  }
  for (const frame of frames) {
    const result = await postWithRetries(ports, recipient, frame, deadlineMs, lane);
    if (result !== "delivered") return result;
  }
  return "delivered";
}

function countedAs(
  { clock }: DeliverPorts,
  { connectedAtMs }: Subscription,
  result: PostResult | "expired",
): "delivered" | "gone" | "unready" | "skipped" {
  switch (result) {
    case "delivered":
      return result;
    case "expired":
      return "gone";
    case "gone":
      // Until its handshake is over a living connection answers "gone" too.
      return clock.nowMs() - connectedAtMs >= limits.handshakeMs ? "gone" : "unready";
    default:
      return "skipped";
  }
}

function skip(outcome: Delivery, { gateway }: Subscription, result: PostResult | "expired"): void {
  outcome.skipped += 1;
  const by = result === "refused" ? outcome.refusedBy : outcome.skippedBy;
  by.set(gateway, (by.get(gateway) ?? 0) + 1);
}

/**
 * Work done on batches, one after the other. It does not wait for the end of all posts, because a
 * silent gateway may use up the time until then. Who waits is bounded; the rest is dropped, for the
 * next delivery to find.
 */
function batches<T>(work: (batch: T[]) => Promise<void>) {
  const waiting: T[] = [];
  let working: Promise<void> | undefined;
  let failure: { error: unknown } | undefined;
  const workOff = async () => {
    try {
      while (waiting.length > 0) await work(waiting.splice(0, limits.goneInBatch));
    } catch (error) {
      failure = { error };
    }
    if (!failure) working = undefined;
  };
  /** Work on what there is, when the batch before it is done. */
  const begin = () => {
    if (waiting.length > 0) working ??= workOff();
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
      if (failure) throw failure.error;
    },
  };
}
