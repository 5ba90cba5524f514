/**
 * What I change in messages that are stored, put on top of what the log says: shown at once, and
 * taken away when the service refuses it, or when the log's message has it.
 *
 * An answer may come before the entry of the log that it tells of, or behind it, or not at all. So
 * a change that was granted stays on top until the message is at a version that includes it. On top
 * of a message that has it, it changes nothing: each says how things are from then on.
 */
import { orAborted } from "./abort.ts";
import type { ChatRoom } from "./chatRoom.ts";
import type { Fields, Reply } from "./frames.ts";
import type { Message, Reaction, RoomSnapshot } from "./roomSnapshot.ts";

type Action = "edit" | "delete" | "react";

/** A reaction of mine, or what else the message says from now on. */
type MyChange =
  | { readonly emoji: string; readonly on: boolean }
  | (Partial<Message> & { readonly emoji?: never });

interface Pending {
  readonly seq: number;
  readonly mine: MyChange;
  /** Once it is granted: the version that includes it. */
  until: number;
}

/** A thread or a window, which has messages that its room does not. */
interface Beyond {
  find(seq: number): Message | undefined;
  /** What is on top of its messages is another one. */
  draw(): void;
}

/** A room's overlay, which is there as long as the room. */
const overlays = new WeakMap<ChatRoom, Overlay>();

export function overlayOf(room: ChatRoom): Overlay {
  const overlay = overlays.get(room) ?? new Overlay(room);
  overlays.set(room, overlay);
  return overlay;
}

export class Overlay {
  readonly #room: ChatRoom;
  /** Its threads, by the positions of their roots, and at 0 its window. */
  readonly beyond = new Map<number, Beyond>();
  /** In the order in which they were made. */
  #pending: Pending[] = [];
  /** By position, the end of the newest request about the message there. */
  readonly #underWay = new Map<number, Promise<void>>();
  /** Of reactions where not all are named: whether I am one of the others. */
  readonly #known = new Map<string, boolean>();
  /** What was shown last: the same for the same. */
  #shown = new WeakMap<Message, Message>();
  #last: { of: RoomSnapshot; is: RoomSnapshot } | undefined;

  constructor(room: ChatRoom) {
    this.#room = room;
    this.#show();
  }

  /** The room as the log has it. */
  get told(): RoomSnapshot {
    return this.#last?.of ?? this.#room.snapshot;
  }

  /** A message that is shown, in the room or beyond it. */
  find(seq: number): Message | undefined {
    const inRoom = this.#room.snapshot.messages.find((one) => one.seq === seq);
    return [...this.beyond.values()].reduce((found, one) => found ?? one.find(seq), inRoom);
  }

  /** A message of the log with what is on top of it: the same for the same. */
  shown(message: Message): Message {
    const shown = this.#shown.get(message) ?? this.#changed(message);
    this.#shown.set(message, shown);
    return shown;
  }

  /**
   * Show a change, and ask for it. Of one message they go one at a time, because the service may
   * handle two in either order.
   * @throws ChatError, or the reason of the signal
   */
  make<A extends Action>(
    action: A,
    fields: Omit<Fields<A>, "room"> & { seq: number },
    mine: MyChange,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { seq } = fields;
    const pending: Pending = { seq, mine, until: Number.POSITIVE_INFINITY };
    this.#pending.push(pending);
    this.#show();
    const made = Promise.resolve(this.#underWay.get(seq)).then(async () => {
      const version = this.find(seq)?.v ?? 1;
      const { v } = (await this.#room.ask(action, fields)) as Reply<A> & { v?: number };
      // A reaction's answer tells no version: it is in the next one, whosever that is.
      pending.until = v ?? version + 1;
      if (mine.emoji !== undefined) this.#known.set(`${seq} ${mine.emoji}`, mine.on);
      this.#show();
    });
    const settled = made.catch(() => {
      pending.until = 0;
      this.#show();
    });
    this.#underWay.set(seq, settled);
    void settled.then(() => {
      if (this.#underWay.get(seq) === settled) this.#underWay.delete(seq);
    });
    return orAborted(made, signal);
  }

  #show(): void {
    this.#shown = new WeakMap();
    this.#last = undefined;
    this.#room.putOnTop((told) => this.#onTopOf(told));
    for (const one of this.beyond.values()) one.draw();
  }

  #onTopOf(told: RoomSnapshot): RoomSnapshot {
    const { of, is } = this.#last ?? {};
    if (of === told && is) return is;
    const shown = told.messages.map((message) => this.shown(message));
    const messages = sameList(is?.messages ?? shown, sameList(told.messages, shown));
    const now = messages === told.messages ? told : { ...told, messages };
    this.#last = { of: told, is: now };
    return now;
  }

  #changed(message: Message): Message {
    const version = message.v ?? 1;
    const isDone = ({ seq, until }: Pending) => seq === message.seq && until <= version;
    this.#pending = this.#pending.filter((one) => !isDone(one));
    return this.#pending
      .filter(({ seq }) => seq === message.seq)
      .reduce((one, { mine }) => withMine(one, mine, this.#room.me), this.#withKnown(message));
  }

  #withKnown(message: Message): Message {
    const isKnown = ({ emoji, count, users }: Reaction) =>
      users.length < count ? this.#known.get(`${message.seq} ${emoji}`) : undefined;
    if (!message.reactions?.some((one) => isKnown(one) !== undefined)) return message;
    const reactions = message.reactions.map((one) => ({
      ...one,
      isMine: isKnown(one) ?? one.isMine,
    }));
    return { ...message, reactions };
  }
}

/** The list of before, where the one of now holds the same. */
export function sameList<T>(before: readonly T[], now: readonly T[]): readonly T[] {
  const isSame = before.length === now.length && now.every((one, at) => one === before[at]);
  return isSame ? before : now;
}

function withMine(message: Message, mine: MyChange, me = ""): Message {
  if (message.deleted) return message; // and so it stays, whatever comes
  if (mine.emoji === undefined) return { ...message, ...mine };
  return { ...message, reactions: reacted(message.reactions ?? [], mine.emoji, mine.on, me) };
}

/** Counted as the service does: each of us once, and nothing is left of an emoji of nobody's. */
function reacted(
  all: readonly Reaction[],
  emoji: string,
  on: boolean,
  me: string,
): readonly Reaction[] {
  const known = all.find((one) => one.emoji === emoji);
  const { count, users, isMine } = known ?? { count: 0, users: [], isMine: false };
  if (isMine === on) return all;
  const others = users.filter((user) => user !== me);
  // Where not all are named, I may be one of the others.
  const named = on && users.length === count ? [...others, me] : others;
  const now = { emoji, count: count + (on ? 1 : -1), users: named, isMine: on };
  if (!known) return [...all, now];
  return all.map((one) => (one === known ? now : one)).filter((one) => one.count > 0);
}
