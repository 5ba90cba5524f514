/**
 * Write down in a room's log what was done to the room or to a member, and tell who hears it. It
 * takes a position, as a message does, and counts as none. It comes behind the change itself: a
 * crash between the two loses the entry and keeps the change.
 */
import { isSameEvent, type StoredEvent } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import type { Room } from "../../protocol/names.ts";
import type { LogEvent, MemberEvent, RoomEvent } from "../../protocol/serverFrames.ts";
import { headOf } from "../messages/append.ts";
import { announce, type PublishPorts } from "../publish.ts";
import type { RoomCaller } from "./standing.ts";
import { busy } from "./takeStep.ts";

export type RecordPorts = PublishPorts & Pick<Ports, "log" | "newId" | "newTag">;

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
  const tail = await ports.log.tail(room.name, 1);
  const named = name !== undefined && { name };
  const stamp = { from: user, ...named, cid: ports.newId(), sentAtMs: ports.clock.nowMs() };
  const tag = ports.newTag();
  let recent: readonly LogEvent[] = tail.events;
  for (let attempt = 0; attempt < limits.appendAttempts; attempt += 1) {
    const head = headOf(recent);
    const prev = head.tag !== undefined && { prev: head.tag };
    const place = { seq: head.seq + 1, n: head.n, tag, ...prev };
    const event: StoredEvent = { ...place, ...told, ...stamp };
    if (tail.delivery === "stream") event.delivery = "stream";
    const stored = await ports.log.put(room.name, event);
    if (stored === "stored" || isSameEvent(stored, event)) {
      await announce(room, event, undefined, ports, { publishMs: limits.awaitedPublishMs });
      return event;
    }
    recent = [stored];
  }
  throw busy("record a change of", room.name);
}
