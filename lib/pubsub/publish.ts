/**
 * Publish one frame to whoever is subscribed. A push is a hint: what matters is in the log already,
 * so publishing never throws and never makes the request fail that caused it. Whoever is found gone
 * is forgotten here, after the last post.
 */
import { topicsOfRoom } from "../domain/topics.ts";
import { limits } from "../protocol/limits.ts";
import type { ServerFrame } from "../protocol/serverFrames.ts";
import { audienceOf, onePageOf, smallAudience } from "./audience.ts";
import { type Delivery, deliver, type Selection } from "./deliver.ts";
import { type ForgetPorts, forgetGone } from "./forget.ts";

export type PublishPorts = ForgetPorts;

/** Publish to every subscription of `topics`. */
export async function publish(
  ports: PublishPorts,
  topics: readonly string[],
  frame: ServerFrame,
  selection?: Selection,
): Promise<Delivery> {
  return attempt(ports, frame, selection, async () =>
    deliver(ports, audienceOf(ports, topics), frame, selection),
  );
}

/** Publish to a room with few subscribed connections; to a larger one, nothing. */
export async function publishIfSmall(
  ports: PublishPorts,
  room: string,
  frame: ServerFrame,
  selection?: Selection,
): Promise<Delivery> {
  return attempt(ports, frame, selection, async () => {
    const audience = (await smallAudience(ports, room)) ?? [];
    return deliver(ports, onePageOf(audience), frame, selection);
  });
}

/** Publish an event of a room's log, or anything else that all of the room hears. */
export async function publishToRoom(
  ports: PublishPorts,
  room: string,
  frame: ServerFrame,
  selection?: Selection,
): Promise<Delivery> {
  return publish(ports, topicsOfRoom(room), frame, selection);
}

async function attempt(
  ports: PublishPorts,
  frame: ServerFrame,
  selection: Selection | undefined,
  work: () => Promise<Delivery>,
): Promise<Delivery> {
  const outcome: Delivery = { delivered: 0, gone: [], unready: 0, skipped: 0 };
  const deadlineMs = ports.clock.nowMs() + (selection?.withinMs ?? limits.publishMs);
  try {
    Object.assign(outcome, await work());
    await forgetGone(ports, outcome.gone, deadlineMs);
  } catch (error) {
    // The subscriptions could not be read or cleaned up. The event is in the log, and `sync` brings
    // it.
    ports.report("publish incomplete", { type: frame.type, error });
  }
  if (outcome.skipped > 0) {
    ports.report("recipients skipped", { type: frame.type, skipped: outcome.skipped });
  }
  return outcome;
}
