/**
 * Post one frame to many connections, each through its own gateway. Nothing that a recipient does
 * can fail or delay the others: no answer throws, each connection takes one of many workers for a
 * bounded time, and the only answer that removes anybody is "gone". Who is gone is returned rather
 * than forgotten here, because forgetting somebody may itself deliver (presence), and that must not
 * recurse.
 */
import { forEachInFlight } from "../concurrency.ts";
import type { Subscription } from "../domain/model.ts";
import type { Ports, PostResult } from "../ports.ts";
import type { DisconnectCode } from "../protocol/codes.ts";
import { disconnectCodes } from "../protocol/codes.ts";
import { limits } from "../protocol/limits.ts";
import type { ServerFrame } from "../protocol/serverFrames.ts";

export type DeliverPorts = Pick<Ports, "gateways" | "clock" | "random" | "report">;

export interface Selection {
  /** Leave out one connection: the one that caused the frame. */
  exceptConnection?: string | undefined;
  /** Leave out every connection of a user. */
  exceptUser?: string;
  /** Milliseconds for all of it, `limits.publishMs` unless told; `sync` covers whoever is left. */
  withinMs?: number;
}

export interface Delivery {
  delivered: number;
  /** Connections to forget: gone, or past their expiry. */
  gone: Subscription[];
  /** Recipients whose handshake is not over, or never will be: they sync first of all. */
  unready: number;
  /** Recipients that did not get the frame although they may be there. */
  skipped: number;
}

export async function deliver(
  ports: DeliverPorts,
  pages: AsyncIterable<readonly Subscription[]>,
  frame: ServerFrame,
  selection: Selection = {},
): Promise<Delivery> {
  const bytes = encodeFrame(frame);
  const deadlineMs = ports.clock.nowMs() + (selection.withinMs ?? limits.publishMs);
  const outcome: Delivery = { delivered: 0, gone: [], unready: 0, skipped: 0 };

  await forEachInFlight(pages, limits.postsInFlight, async (subscription) => {
    if (subscription.connectionId === selection.exceptConnection) return;
    if (subscription.user === selection.exceptUser) return;
    const nowMs = ports.clock.nowMs();
    if (nowMs >= deadlineMs) {
      outcome.skipped += 1;
    } else if (subscription.expiresAtMs <= nowMs) {
      await disconnect(ports, subscription, "token_expired");
      outcome.gone.push(subscription);
    } else {
      const result = await postWithRetries(ports, subscription, bytes, deadlineMs);
      count(ports, outcome, subscription, result);
    }
  });
  return outcome;
}

/** Tell a connection why, then close it: a gateway lets nobody choose a close code. */
export async function disconnect(
  ports: Pick<Ports, "gateways">,
  connection: Pick<Subscription, "gateway" | "connectionId">,
  code: DisconnectCode,
): Promise<void> {
  const { meaning, reconnect, afterMs } = disconnectCodes[code];
  const frame: ServerFrame = { type: "disconnect", code, message: meaning, reconnect, afterMs };
  await ports.gateways.post(connection, encodeFrame(frame), limits.postTimeoutMs);
  await ports.gateways.close(connection);
}

export function encodeFrame(frame: ServerFrame): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(frame));
}

/**
 * Retries for an answer of the kind: jittered, since whatever was too fast for us was too fast for
 * others.
 */
const retries: Partial<Record<PostResult, { times: number; waitMs: number }>> = {
  throttled: { times: 2, waitMs: 100 },
  failed: { times: 1, waitMs: 50 },
};

/** Post, retrying as the last answer and the deadline allow. Never throws. */
export async function postWithRetries(
  ports: Pick<Ports, "gateways" | "clock" | "random">,
  to: Pick<Subscription, "gateway" | "connectionId">,
  bytes: Uint8Array<ArrayBuffer>,
  deadlineMs = Number.POSITIVE_INFINITY,
): Promise<PostResult> {
  for (let attempt = 0; ; attempt += 1) {
    const leftMs = deadlineMs - ports.clock.nowMs();
    const result = await ports.gateways.post(to, bytes, Math.min(limits.postTimeoutMs, leftMs));
    const retry = retries[result];
    if (retry === undefined || attempt >= retry.times) return result;
    const waitMs = retry.waitMs * (attempt + 0.5 + ports.random());
    if (ports.clock.nowMs() + waitMs >= deadlineMs) return result;
    await ports.clock.wait(waitMs);
  }
}

function count(
  ports: DeliverPorts,
  outcome: Delivery,
  subscription: Subscription,
  result: PostResult,
): void {
  if (result === "delivered") {
    outcome.delivered += 1;
    return;
  }
  if (result === "gone") {
    // Until its handshake is over a living connection answers "gone" too.
    const ageMs = ports.clock.nowMs() - subscription.connectedAtMs;
    if (ageMs >= limits.handshakeMs) outcome.gone.push(subscription);
    else outcome.unready += 1;
    return;
  }
  outcome.skipped += 1;
  if (result === "refused") {
    ports.report("post refused", { gateway: subscription.gateway });
  }
}
