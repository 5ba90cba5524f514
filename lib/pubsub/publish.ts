/**
 * Publish one frame to all subscribed connections. A push is a hint: the event is in the log
 * already, so publishing never throws and never fails the request that caused it. Connections that
 * are found gone are forgotten on the way.
 */

import type { OpenMemberships } from "../ports.ts";
import { limits } from "../protocol/limits.ts";
import { directUsers } from "../protocol/names.ts";
import type { ServerFrame } from "../protocol/serverFrames.ts";
import { audienceOfUsers, onePageOf, smallAudience, someAudience } from "./audience.ts";
import {
  type Delivery,
  deliver,
  noDelivery,
  type Pages,
  reportSkipped,
  type Selection,
} from "./deliver.ts";
import { forgetting, type PublishPorts } from "./forget.ts";
import { encodeFrame } from "./post.ts";
import { topicsOfRoom } from "./topics.ts";

export type { PublishPorts } from "./forget.ts";

/** Publish to every connection of users: `topics` are theirs. */
export async function publish(
  ports: PublishPorts,
  topics: readonly string[],
  frame: ServerFrame,
  selection: Selection = {},
): Promise<Delivery> {
  const work = async (to: Post) => to(audienceOfUsers(ports, topics));
  return attempt(ports, frame, selection, work);
}

/** Publish to a room with few subscribed connections; to a larger one, nothing. */
export async function publishIfSmall(
  ports: PublishPorts,
  room: string,
  frame: ServerFrame,
  selection: Selection = {},
): Promise<Delivery | "too large"> {
  let isTooLarge = false;
  const delivery = await attempt(ports, frame, selection, async (to) => {
    const audience = await smallAudience(ports, room);
    isTooLarge = audience === undefined;
    await to(onePageOf(audience ?? []));
  });
  return isTooLarge ? "too large" : delivery;
}

/**
 * Show the others in a small room what a user does. Nobody may disturb strangers like that: in a
 * direct room it is shown once both users have written there.
 */
export async function publishHint(
  ports: PublishPorts & { memberships: Pick<OpenMemberships, "find"> },
  user: string,
  room: string,
  frame: ServerFrame,
): Promise<void> {
  const selection = { exceptUser: user, withinMs: limits.awaitedPublishMs };
  await attempt(ports, frame, selection, async (to) => {
    const users = directUsers(room) ?? [];
    const found = await Promise.all(users.map((one) => ports.memberships.find(one, room)));
    if (!found.every((membership) => membership?.hasWritten)) return;
    await to(onePageOf((await smallAudience(ports, room)) ?? []));
  });
}

/**
 * Publish an event of a room's log, unless more connections hear the room than one function should
 * post to: then nothing is posted, and `handOver` is called in its place.
 */
export async function publishToRoom(
  ports: PublishPorts,
  room: string,
  frame: ServerFrame,
  selection: Selection,
  handOver: () => Promise<void>,
): Promise<Delivery> {
  return attempt(ports, frame, selection, async (to) => {
    if (directUsers(room)) return to(audienceOfUsers(ports, topicsOfRoom(room)));
    const { found, isAll } = await someAudience(ports, room, limits.directConnections);
    await (isAll ? to(onePageOf(found)) : handOver());
  });
}

type Post = (pages: Pages) => Promise<void>;

async function attempt(
  ports: PublishPorts,
  frame: ServerFrame,
  selection: Selection,
  work: (to: Post) => Promise<void>,
): Promise<Delivery> {
  const outcome = noDelivery();
  const deadlineMs = ports.clock.nowMs() + (selection.withinMs ?? limits.publishMs);
  try {
    await work(async (pages) => {
      const forgetAll = forgetting(ports, deadlineMs);
      await deliver(ports, pages, [encodeFrame(frame)], selection, forgetAll, outcome);
    });
  } catch (error) {
    // The subscriptions could not be read or cleaned up. The event is in the log, and `sync` brings
    // it.
    ports.report("publish incomplete", { type: frame.type, error });
  }
  reportSkipped(ports, outcome, { type: frame.type });
  return outcome;
}
