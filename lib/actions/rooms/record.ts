/**
 * Write down in a room's log what was done to the room or to a member, and tell who hears it. It
 * comes behind the change itself: a request that was killed between the two is completed by its
 * retry, which finds the change made and no entry about it.
 */

import { limits } from "../../protocol/limits.ts";
import type { Room } from "../../protocol/names.ts";
import type { LogEvent, MemberEvent, RoomEvent } from "../../protocol/serverFrames.ts";
import type { PublishPorts } from "../../pubsub/deliver.ts";
import { type PutNextPorts, putNext } from "../messages/putNext.ts";
import { publishEvent } from "../publish.ts";
import type { RoomCaller } from "./standing.ts";

export type RecordPorts = PublishPorts & PutNextPorts;

type Told =
  | Pick<RoomEvent, "kind" | "set" | "rev">
  | Pick<MemberEvent, "kind" | "user" | "change" | "role" | "untilMs" | "reason">;

/** @throws ChatError `rate_limited` (too many writers at once) */
export async function record(
  ports: RecordPorts,
  room: Room,
  { user, name }: RoomCaller,
  told: Told,
): Promise<LogEvent> {
  const entry = { ...told, from: user, ...(name !== undefined && { name }) };
  const { event } = await putNext(ports, room.name, entry);
  await publishEvent(room, event, undefined, ports, { publishMs: limits.awaitedPublishMs });
  return event;
}

/**
 * Write down what a request finds done, unless the log says it: its first attempt may have been
 * killed before it could. `isAbout` picks the entries that tell of the same thing, and the newest
 * one counts. One that stands too far back is written again, which is harmless. Whether it was
 * written now.
 */
export async function ensureRecorded(
  ports: RecordPorts,
  room: Room,
  caller: RoomCaller,
  told: Told,
  { isAbout, says }: { isAbout: (event: LogEvent) => boolean; says: (event: LogEvent) => boolean },
): Promise<boolean> {
  const range = { limit: limits.announcedEvents, order: "newest first" } as const;
  const newest = (await ports.log.list(room.name, range)).find(isAbout);
  if (newest && says(newest)) return false;
  await record(ports, room, caller, told);
  return true;
}
