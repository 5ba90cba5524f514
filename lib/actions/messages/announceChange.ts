/**
 * Announce that an event has changed: an entry at the end of the room's log, and a push to who
 * hears the room. It comes behind the change, in the same request, and ahead of the reply.
 *
 * The entry holds nothing of the event. The push does, as it is when it is posted; but not where
 * some members may not see all of the log. They, and who has the event, ask for it (`events`).
 */
import { limits } from "../../protocol/limits.ts";
import type { Room } from "../../protocol/names.ts";
import type { MessageEvent } from "../../protocol/serverFrames.ts";
import { heardBy } from "../people/requests.ts";
import { type PublishEventOptions, publishEvent } from "../publish.ts";
import type { RequestPorts } from "../rooms/membership.ts";
import type { RecordPorts } from "../rooms/record.ts";
import { withNow } from "./present.ts";
import { type Entry, putNext, saysAsMuch } from "./putNext.ts";

export type AnnounceChangePorts = RecordPorts & RequestPorts;

/** @throws ChatError `rate_limited` (too many writers at once) */
export async function announceChange(
  ports: AnnounceChangePorts,
  room: Room,
  message: MessageEvent,
  options: PublishEventOptions,
): Promise<void> {
  const { event, room: item, isOthers } = await putNext(ports, room.name, entryOf(message));
  // Who put it pushes it.
  if (isOthers) return;
  const isBare = event.delivery === "stream" || item.hidesPast;
  // Read anew: it may have been deleted meanwhile.
  const [shown = event] = isBare ? [] : await withNow(ports.log, room.name, [event]);
  await publishEvent(await heardBy(ports, room), shown, undefined, ports, options);
}

/**
 * Announce a change unless the log says it already, for a change that somebody made before: a
 * request that was sent again, or the healer. An entry that stands too far back is repeated, and
 * readers drop what they have.
 */
export async function ensureAnnounced(
  ports: AnnounceChangePorts,
  room: Room,
  message: MessageEvent,
  options: PublishEventOptions,
): Promise<void> {
  const { announcedEvents: limit } = limits;
  const range = { after: message.seq, limit, order: "newest first" } as const;
  const recent = await ports.log.list(room.name, range);
  const isAnnounced = recent.some((event) => saysAsMuch(event, entryOf(message)));
  if (!isAnnounced) await announceChange(ports, room, message, options);
}

const entryOf = ({ seq, from, v = 1 }: MessageEvent): Entry => ({
  kind: "changed",
  ...{ of: seq, v, from },
});
