/**
 * Put an entry that is no message at the end of a room's log. It takes a position, and counts as no
 * message. When many write at once it is tried at one position after the other.
 */
import { isSameEvent, type StoredEvent, type Tail } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import type {
  ChangedEvent,
  LogEvent,
  MemberEvent,
  RoomEvent,
} from "../../protocol/serverFrames.ts";
import { busy } from "../rooms/takeStep.ts";
import { headOf } from "./append.ts";

export type PutNextPorts = Pick<Ports, "log" | "newId" | "newTag"> & {
  clock: Pick<Ports["clock"], "nowMs">;
};

type Place = "seq" | "n" | "tag" | "prev" | "cid" | "sentAtMs";
export type Entry = Omit<RoomEvent, Place> | Omit<MemberEvent, Place> | Omit<ChangedEvent, Place>;

export interface Put {
  event: StoredEvent;
  /** The room, as it was read with the head of its log. */
  room: Tail["room"];
  /** Nothing was put: this entry, of somebody else, ends the log and says as much. */
  isOthers?: true;
}

/** @throws ChatError `rate_limited` (too many writers at once) */
export async function putNext(ports: PutNextPorts, room: string, entry: Entry): Promise<Put> {
  const tail = await ports.log.tail(room, 1);
  const own = { tag: ports.newTag(), cid: ports.newId(), sentAtMs: ports.clock.nowMs() };
  let recent: readonly LogEvent[] = tail.events;
  for (let attempt = 0; attempt < limits.appendAttempts; attempt += 1) {
    // Of many who announce changes of one message at once, not each needs an entry.
    const said = recent.find((there) => saysAsMuch(there, entry));
    if (said) return { event: said, room: tail.room, isOthers: true };
    const head = headOf(recent);
    const prev = head.tag !== undefined && { prev: head.tag };
    const event: StoredEvent = { seq: head.seq + 1, n: head.n, ...prev, ...entry, ...own };
    if (tail.delivery === "stream") event.delivery = "stream";
    const stored = await ports.log.put(room, event);
    if (stored === "stored" || isSameEvent(stored, event)) return { event, room: tail.room };
    recent = [stored];
  }
  throw busy();
}

/** Whether an event of the log says already what a `changed` entry would. */
export const saysAsMuch = (there: LogEvent, entry: Entry): boolean =>
  entry.kind === "changed" &&
  there.kind === "changed" &&
  there.of === entry.of &&
  there.v >= entry.v;
