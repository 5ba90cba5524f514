/**
 * Write down in a room's log what was done to the room or to a member, and tell who hears it. It
 * comes behind the change itself: a crash between the two loses the entry and keeps the change.
 */
import { limits } from "../../protocol/limits.ts";
import type { Room } from "../../protocol/names.ts";
import type { LogEvent, MemberEvent, RoomEvent } from "../../protocol/serverFrames.ts";
import { type PutNextPorts, putNext } from "../messages/putNext.ts";
import { announce, type PublishPorts } from "../publish.ts";
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
  await announce(room, event, undefined, ports, { publishMs: limits.awaitedPublishMs });
  return event;
}
