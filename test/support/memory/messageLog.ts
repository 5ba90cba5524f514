/**
 * The log in memory: the model that the contract suite, property tests and simulations measure
 * others by.
 */

import { withoutContent } from "../../../lib/actions/messages/retained.ts";
import type {
  ChangeableMessage,
  DeliveryWay,
  Edit,
  RoomItem,
  StoredEvent,
} from "../../../lib/model.ts";
import { isSameEvent, openRoom } from "../../../lib/model.ts";
import type { MessageLog, Rooms } from "../../../lib/ports.ts";
import type { LogEvent, MessageEvent } from "../../../lib/protocol/serverFrames.ts";

/** The log alone, and the rooms beside it, which `tail` reads. */
export interface MemoryLog extends MessageLog {
  readonly onRooms: Rooms;
  /** What the sweep does to events alone. */
  readonly onExpiry: {
    /** Each room with its oldest event. */
    oldest(): [string, LogEvent][];
    begin(room: string, begins: NonNullable<RoomItem["begins"]>): void;
    remove(room: string, seqs: readonly number[]): void;
    empty(room: string, seq: number, nowMs: number): void;
  };
}

/**
 * `onDelivery` is called with every event that the stream is to deliver, in order, and `onChange`
 * with every message whose change it is to announce, and every reply in a thread; and with the
 * revision of the count of its reactions, if that was stored.
 */
export function memoryMessageLog(
  onDelivery: (room: string, event: LogEvent) => void = () => {},
  onChange: (room: string, event: MessageEvent, countedRev?: number) => void = () => {},
): MemoryLog {
  const items = new Map<string, { room: RoomItem; mark: string }>();
  const itemOf = (room: string) => structuredClone(items.get(room)?.room ?? openRoom);
  const rooms = new Map<string, Map<number, StoredEvent>>();
  const ways = new Map<string, DeliveryWay>();
  const hidden = new WeakMap<StoredEvent, { edits?: readonly Edit[]; reactionsRev?: number }>();
  const eventsOf = (room: string) => rooms.get(room) ?? new Map<number, StoredEvent>();
  const plain = ({ delivery: _, ...event }: StoredEvent): LogEvent => event;
  const changed = (room: string, stored: StoredEvent) => {
    if (stored.delivery === "stream") onDelivery(room, plain(stored));
  };
  return {
    async tail(room, limit) {
      const events = [...eventsOf(room).values()].sort((a, b) => b.seq - a.seq).slice(0, limit);
      return {
        events: structuredClone(events),
        delivery: ways.get(room) ?? "direct",
        room: itemOf(room),
      };
    },
    async list(room, range) {
      const isWithin = ({ seq }: LogEvent) =>
        seq > (range.after ?? 0) && seq < (range.before ?? Number.POSITIVE_INFINITY);
      const direction = range.order === "oldest first" ? 1 : -1;
      const found = [...eventsOf(room).values()]
        .filter(isWithin)
        .filter(({ kind }) => !(range.withoutChanged && kind === "changed"))
        .sort((a, b) => direction * (a.seq - b.seq));
      return found.slice(0, range.limit).map(plain);
    },
    async find(room, seq) {
      const stored = eventsOf(room).get(seq);
      return stored && plain(stored);
    },
    async findAll(room, seqs) {
      const found = [...new Set(seqs)].sort((a, b) => a - b);
      const events = found.flatMap((seq) => eventsOf(room).get(seq) ?? []);
      return structuredClone(events.map(plain));
    },
    async findChangeable(room, seq) {
      const stored = eventsOf(room).get(seq);
      if (stored?.kind !== "message") return undefined;
      const event = structuredClone(plain(stored)) as ChangeableMessage["event"];
      const { edits = [], reactionsRev = 0 } = hidden.get(stored) ?? {};
      return { event, edits, reactionsRev };
    },
    async change(room, seq, { fromV, set: { edits, reactionsRev, ...set }, remove }) {
      const stored = eventsOf(room).get(seq);
      if (stored?.kind !== "message") return undefined;
      const v = stored.v ?? 1;
      if (fromV === undefined ? stored.deleted : fromV !== v) return undefined;
      const left = Object.entries(stored).filter(
        ([name]) => name !== "delivery" && !remove.includes(name),
      );
      const next = { ...Object.fromEntries(left), ...set, v: v + 1 } as StoredEvent & MessageEvent;
      eventsOf(room).set(seq, structuredClone(next));
      const kept = eventsOf(room).get(seq);
      const before = Object.entries(hidden.get(stored) ?? {}).filter(
        ([name]) => !remove.includes(name),
      );
      const beside = {
        ...Object.fromEntries(before),
        ...(edits && { edits }),
        ...(reactionsRev && { reactionsRev }),
      };
      if (kept) hidden.set(kept, beside);
      onChange(room, structuredClone(next), beside.reactionsRev);
      return structuredClone(next);
    },
    async put(room, event) {
      const events = eventsOf(room);
      const taken = events.get(event.seq);
      if (taken) return isSameEvent(taken, event) ? "stored" : structuredClone(taken);
      rooms.set(room, events.set(event.seq, structuredClone(event)));
      changed(room, event);
      const isReply = event.kind === "message" && typeof event.thread === "number";
      if (isReply) onChange(room, structuredClone(plain(event)) as MessageEvent);
      return "stored";
    },
    onRooms: {
      find: async (room) => itemOf(room),
      async listDirectory(after, limit) {
        const found = [...items]
          .map(([room, { room: item }]) => ({ room, item }))
          .filter(({ room, item }) => item.listed && (after === undefined || room > after))
          .sort((a, b) => (a.room < b.room ? -1 : 1));
        return {
          rooms: structuredClone(found.slice(0, limit)),
          more: found.length > limit,
        };
      },
      async change(room, { fromRev, mark, ...changes }) {
        const before = itemOf(room);
        if (before.rev !== fromRev) return items.get(room)?.mark === mark;
        items.set(
          room,
          structuredClone({ room: { ...before, ...changes, rev: fromRev + 1 }, mark }),
        );
        return true;
      },
    },
    onExpiry: {
      oldest: () =>
        [...rooms].flatMap(([room, events]) => {
          const [first] = [...events.values()].sort((a, b) => a.seq - b.seq);
          return first ? [[room, plain(first)] as [string, LogEvent]] : [];
        }),
      begin(room, begins) {
        const { mark = "" } = items.get(room) ?? {};
        const item = itemOf(room);
        if ((item.begins?.seq ?? 0) < begins.seq) {
          items.set(room, { room: { ...item, begins }, mark });
        }
      },
      remove(room, seqs) {
        for (const seq of seqs) eventsOf(room).delete(seq);
      },
      empty(room, seq, atMs) {
        const stored = eventsOf(room).get(seq);
        if (stored?.kind !== "message" || stored.deleted) return;
        eventsOf(room).set(seq, {
          ...withoutContent(stored),
          v: (stored.v ?? 1) + 1,
          deleted: { by: "moderator", atMs },
        } as StoredEvent);
      },
    },
    async setDelivery(room, delivery) {
      ways.set(room, delivery);
    },
    async handOver(room, seq) {
      const stored = eventsOf(room).get(seq);
      if (stored === undefined) throw new Error(`${room} has no event ${seq}`);
      stored.delivery = "stream";
      changed(room, stored);
    },
  };
}
