/**
 * Publish one frame to everybody who hears it. A push is a hint: an event is in the log already, so
 * publishing never throws and never fails the request that caused it. Connections that are found
 * gone are forgotten on the way, and their rooms are told.
 */

import type { Connection, StoredEvent } from "../model.ts";
import type { Ports } from "../ports.ts";
import { limits } from "../protocol/limits.ts";
import type { Room } from "../protocol/names.ts";
import type { ServerFrame } from "../protocol/serverFrames.ts";
import type { PublishPorts } from "../pubsub/deliver.ts";
import {
  type Delivery,
  deliver,
  noDelivery,
  type Pages,
  reportDelivery,
  type Selection,
} from "../pubsub/deliver.ts";
import { encodeFrame } from "../pubsub/post.ts";
import {
  audienceOfUsers,
  type EarlyAudience,
  earlyThenNow,
  lookingAt,
  onePageOf,
  someAudience,
  topicsOf,
  userTopic,
} from "../pubsub/topics.ts";
import { forgetting } from "./connections/forget.ts";
import { type AcquaintedPorts, areAcquainted } from "./people/acquainted.ts";

/**
 * Publish to every connection of a user, but to `connection`, which is told by a reply. Somebody
 * waits for it, so it may take `limits.awaitedPublishMs`, unless told.
 */
export async function publishToUser(
  ports: PublishPorts,
  user: string,
  frame: ServerFrame,
  { connection, withinMs = limits.awaitedPublishMs }: ToUserOptions = {},
): Promise<Delivery> {
  const selection = { exceptConnection: connection?.connectionId, withinMs };
  return publishTo(ports, frame, selection, async () => audienceOfUsers(ports, [userTopic(user)]));
}

interface ToUserOptions {
  connection?: Pick<Connection, "connectionId"> | undefined;
  /** Milliseconds. */
  withinMs?: number;
}

/**
 * Publish an event of a room's log, which is stored. Those of `early` are posted to at once, and
 * reading now finds who has come since. "too large": more connections hear the room than one
 * function should post to, and nobody was posted to but those of `early`.
 */
export async function publishToRoom(
  ports: PublishPorts,
  room: Room,
  frame: ServerFrame,
  selection: Selection = {},
  early?: EarlyAudience,
): Promise<Delivery | "too large"> {
  if (room.users) {
    const readNow = () => audienceOfUsers(ports, topicsOf(room));
    return publishTo(ports, frame, selection, async () => earlyThenNow(early, readNow));
  }
  let isTooLarge = false;
  const readNow = async function* () {
    const { found, isAll } = await someAudience(ports, room, limits.directConnections);
    isTooLarge = !isAll;
    yield isAll ? found : [];
  };
  const delivery = await publishTo(ports, frame, selection, async () =>
    earlyThenNow(early, readNow),
  );
  return isTooLarge ? "too large" : delivery;
}

export type PublishEventPorts = PublishPorts & Pick<Ports, "log">;

export interface PublishEventOptions {
  /** The sender's own connection, which gets the ack instead of the event. */
  exceptConnection?: string;
  /** Milliseconds for publishing it. */
  publishMs: number;
  /** Called once behind the first post to those who were read early. */
  begun?: () => void;
}

/**
 * Tell who hears a room of an event that is in its log. What the stream delivers is announced
 * already. A room that has become too large for one function is delivered to by the stream from now
 * on, this event included.
 */
export async function publishEvent(
  room: Room,
  { delivery, ...event }: StoredEvent,
  early: EarlyAudience | undefined,
  ports: PublishEventPorts,
  options: PublishEventOptions,
): Promise<void> {
  if (delivery === "stream") return;
  const frame = { type: "events" as const, room: room.name, events: [event] };
  const { exceptConnection, publishMs: withinMs, begun } = options;
  const selection = { exceptConnection, withinMs, begun };
  const published = await publishToRoom(ports, room, frame, selection, early);
  if (published === "too large") return handOver(room, event.seq, ports);
  ports.measure("deliveryMs", ports.clock.nowMs() - event.sentAtMs);
}

async function handOver({ name }: Room, seq: number, ports: PublishEventPorts): Promise<void> {
  try {
    await ports.log.setDelivery(name, "stream");
    await ports.log.handOver(name, seq);
  } catch (error) {
    // The event is stored. Members find it when they sync.
    ports.report("publish incomplete", { type: "events", error });
  }
}

type HintOptions = Pick<Selection, "exceptConnection" | "exceptUser"> & {
  isNews?: () => Promise<boolean>;
};

/**
 * Show those who look at a room what a user does. They are found by a topic of their own, so those
 * who only hear the room cost nothing. Nobody may disturb strangers like that: in a direct room it
 * is shown once both users have written there, and while neither blocks the other. `isNews` is
 * asked when somebody looks.
 */
export async function publishHint(
  ports: PublishPorts & AcquaintedPorts,
  room: Room,
  frame: ServerFrame,
  { isNews = async () => true, ...except }: HintOptions,
): Promise<void> {
  const selection = { ...except, withinMs: limits.awaitedPublishMs };
  await publishTo(ports, frame, selection, async () => {
    const looking = await lookingAt(ports, room);
    const isSeen = looking.some(({ connectionId }) => connectionId !== except.exceptConnection);
    const mayShow = isSeen && (await areAcquainted(ports, room)) && (await isNews());
    return onePageOf(mayShow ? looking : []);
  });
}

async function publishTo(
  ports: PublishPorts,
  frame: ServerFrame,
  selection: Selection,
  findAudience: () => Promise<Pages>,
): Promise<Delivery> {
  const outcome = noDelivery();
  const forgetGone = forgetting(
    ports,
    ports.clock.nowMs() + (selection.withinMs ?? limits.publishMs),
  );
  try {
    const audience = await findAudience();
    await deliver(ports, audience, [encodeFrame(frame)], selection, forgetGone, outcome);
  } catch (error) {
    // The subscriptions could not be read or cleaned up. The event is in the log, and `sync` brings
    // it.
    ports.report("publish incomplete", { type: frame.type, error });
  }
  reportDelivery(ports, outcome, { type: frame.type });
  return outcome;
}
