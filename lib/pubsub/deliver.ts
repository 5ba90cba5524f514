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
import { createLane, type Lane } from "./lane.ts";
import { disconnect, postWithRetries } from "./post.ts";

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
  /** Where reading stopped for want of time: the last connection that counts above. */
  stoppedBehind?: string;
}

export const noDelivery = (): Delivery => ({ delivered: 0, gone: 0, unready: 0, skipped: 0 });

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
  const withinMs = selection.withinMs ?? limits.publishMs;
  const deadlineMs = clock.nowMs() + withinMs;
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
  const skip = () => {
    outcome.skipped += 1;
  };
  const posting = createPosting(ports, deadlineMs, reach, skip);

  // A quarter of the time is for whoever has been read by then.
  const readUntilMs = deadlineMs - withinMs / 4;
  let last: Subscription | undefined;
  for await (const page of pages) {
    // At least one page is taken: whoever comes back for the rest gets somewhere.
    if (last !== undefined && clock.nowMs() >= readUntilMs) {
      outcome.stoppedBehind = last.connectionId;
      break;
    }
    for (const recipient of page) if (isSelected(recipient, selection)) posting.add(recipient);
    last = page.at(-1) ?? last;
    await posting.room();
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

/** The recipients on their way, in a lane for each gateway. */
function createPosting(
  { clock, random }: Pick<Ports, "clock" | "random">,
  deadlineMs: number,
  reach: (recipient: Subscription, lane: Lane) => Promise<void>,
  skip: () => void,
) {
  const lanes = new Map<string, Lane>();
  let turns = 0;
  let inFlight = 0;
  let waiting = 0;
  let failure: { error: unknown } | undefined;
  let wake = () => {};

  const take = (lane: Lane): Subscription | undefined => {
    const recipient = lane.waiting.shift();
    if (recipient) waiting -= 1;
    return recipient;
  };

  /** Let a lane begin what it may. */
  function advance(lane: Lane): void {
    while (lane.waiting.length > 0) {
      if (lane.isDown() || clock.nowMs() >= deadlineMs) {
        for (let left = take(lane); left; left = take(lane)) skip();
      } else if (inFlight >= limits.postsInFlight) {
        return;
      } else if (lane.isOpen()) {
        const recipient = take(lane);
        if (recipient) occupy(lane, reach(recipient, lane));
      } else {
        // Nothing of a paused lane may be in flight, and so nothing would end and come back here.
        const holdMs = Math.min(lane.holdMs(), deadlineMs - clock.nowMs());
        if (lane.inFlight === 0) occupy(lane, clock.wait(Math.max(1, holdMs)));
        return;
      }
    }
  }

  function occupy(lane: Lane, work: Promise<void>): void {
    lane.inFlight += 1;
    inFlight += 1;
    void work
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .then(() => {
        lane.inFlight -= 1;
        inFlight -= 1;
        const all = [...lanes.values()];
        turns += 1;
        for (const index of all.keys()) advance(all[(turns + index) % all.length] ?? lane);
        wake();
      });
  }

  const aPostEnds = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  return {
    add(recipient: Subscription): void {
      const lane = lanes.get(recipient.gateway) ?? createLane({ clock, random });
      lanes.set(recipient.gateway, lane);
      lane.waiting.push(recipient);
      waiting += 1;
      advance(lane);
    },
    /** Resolves when more may be added. */
    async room(): Promise<void> {
      while (waiting >= limits.recipientsWaiting) await aPostEnds();
    },
    /** Resolves when all that was added has been posted to, or skipped. */
    async end(): Promise<void> {
      while (inFlight > 0) await aPostEnds();
      if (failure) throw failure.error;
    },
  };
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
