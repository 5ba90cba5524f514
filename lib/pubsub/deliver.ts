/**
 * Post frames to many connections, each through its own gateway, in bounded memory and time.
 * Nothing that a recipient does can fail or delay the others: no answer throws, every gateway has a
 * lane of its own, and the only answer that removes anybody is "gone". Who is gone is handed out in
 * batches rather than forgotten here, because forgetting somebody may itself deliver (presence),
 * and that must not recurse.
 *
 * Recipients are read ahead while others are posted to. The lanes share the posts in flight, each
 * with a part of them at most; and reading waits while too many recipients do.
 */
import type { Subscription } from "../domain/model.ts";
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
  /** Milliseconds for all of it, `limits.publishMs` unless told; `sync` covers whoever is left. */
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
  left: 0,
});

/**
 * Post `frames`, in their order, to everybody in `pages`. `forgetAll` is called with whoever is
 * gone, in batches and not concurrently; what it throws is thrown, when all posts have ended.
 * `outcome` is counted in, so that it is right when something throws, too.
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
    if (recipient.expiresAtMs <= clock.nowMs()) {
      await disconnect(ports, recipient, "token_expired");
      outcome.gone += 1;
      return gone.add(recipient);
    }
    const result = await postAll(ports, recipient, frames, deadlineMs, lane);
    const counted = countedAs(ports, recipient, result);
    outcome[counted] += 1;
    if (counted === "gone") await gone.add(recipient);
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
    pass(why, { behind }) {
      outcome[why] += 1;
      if (why === "left") stopBehind(behind);
    },
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

function isSelected(recipient: Subscription, { exceptConnection, exceptUser }: Selection): boolean {
  return recipient.connectionId !== exceptConnection && recipient.user !== exceptUser;
}

/** The first answer that is not "delivered" ends it: later frames would only make a gap. */
async function postAll(
  ports: DeliverPorts,
  recipient: Subscription,
  frames: readonly Uint8Array<ArrayBuffer>[],
  deadlineMs: number,
  lane: Lane,
): Promise<PostResult> {
  for (const frame of frames) {
    const result = await postWithRetries(ports, recipient, frame, deadlineMs, lane);
    if (result !== "delivered") return result;
  }
  return "delivered";
}

function countedAs(
  ports: DeliverPorts,
  { gateway, connectedAtMs }: Subscription,
  result: PostResult,
): "delivered" | "gone" | "unready" | "skipped" {
  if (result === "delivered") return result;
  if (result === "gone") {
    // Until its handshake is over a living connection answers "gone" too.
    return ports.clock.nowMs() - connectedAtMs >= limits.handshakeMs ? "gone" : "unready";
  }
  if (result === "refused") ports.report("post refused", { gateway });
  return "skipped";
}

/** Work done on batches, one after the other, the last one when all else has ended. */
function batches<T>(work: (batch: T[]) => Promise<void>) {
  let batch: T[] = [];
  let working = Promise.resolve();
  let queued = 0;
  let failure: { error: unknown } | undefined;
  const flush = (): Promise<void> => {
    const full = batch;
    batch = [];
    queued += 1;
    working = working
      .then(() => work(full))
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .then(() => {
        queued -= 1;
      });
    return working;
  };
  return {
    /** Resolves at once, unless batches pile up. */
    async add(item: T): Promise<void> {
      batch.push(item);
      if (batch.length < limits.goneInBatch) return;
      const flushed = flush();
      if (queued > 1) await flushed;
    },
    async end(): Promise<void> {
      if (batch.length > 0) void flush();
      await working;
      if (failure) throw failure.error;
    },
  };
}
