/**
 * `parley-client/threads`: threads that stay current. The replies come from two places, each of
 * them the newest part of the thread without a gap: the room's messages, and pages of the thread,
 * which reach further back. What the room does not hold is kept here, and told of changes as the
 * room is.
 */
import type { Waiting } from "./abort.ts";
import { Changes } from "./changes.ts";
import { asChatError, type ChatError } from "./chatError.ts";
import type { ChatRoom } from "./chatRoom.ts";
import type { LogEvent } from "./frames.ts";
import * as limits from "./limits.ts";
import { messagesIn } from "./messages.ts";
import { type Overlay, overlayOf, sameList } from "./overlay.ts";
import type { Message } from "./roomSnapshot.ts";
import { Snapshot } from "./snapshot.ts";

/** What there is to show of a thread. */
export interface ThreadSnapshot {
  /** `open` once its newest replies are here; `failed`, with an `error`, when they cannot be. */
  readonly state: "idle" | "opening" | "open" | "failed";
  readonly error?: ChatError | undefined;
  /** The message that the replies are to, once it is known. */
  readonly root?: Message | undefined;
  /** The newest 500 at most, oldest first; at the end those of mine that are not sent yet. */
  readonly replies: readonly Message[];
  /** Whether the thread has older replies than these. */
  readonly hasOlder: boolean;
  /**
   * Others' replies behind my read position in the room, when the thread was opened. Undefined
   * when I do not follow it: I wrote nothing in it, and nobody mentions me there.
   */
  readonly unread?: number | undefined;
}

/** The thread of replies to a message: the same object each time. */
export function thread(room: ChatRoom, seq: number): Thread {
  const overlay = overlayOf(room);
  const known = overlay.beyond.get(seq);
  if (known instanceof Thread) return known;
  const made = new Thread(room, seq, overlay);
  overlay.beyond.set(seq, made);
  return made;
}

/** With all fields, so that two snapshots are compared field by field. */
const empty: ThreadSnapshot = {
  ...{ state: "idle", error: undefined, root: undefined },
  ...{ replies: [], hasOlder: false, unread: undefined },
};

/** The replies to a message, which stay current while they are shown. */
export class Thread {
  /** The position of the message that the replies are to. */
  readonly seq: number;
  readonly #room: ChatRoom;
  readonly #overlay: Overlay;
  readonly #snapshot = new Snapshot<ThreadSnapshot>(empty);
  /** By position, the root and its replies as the log has them. */
  readonly #kept = new Map<number, Message>();
  readonly #changes: Changes;
  #shows = 0;
  #roomState = "";
  #unsubscribe = () => {};
  /** Ends what it loads and follows. */
  #end = new AbortController();

  /** @internal */
  constructor(room: ChatRoom, seq: number, overlay: Overlay) {
    this.seq = seq;
    this.#room = room;
    this.#overlay = overlay;
    this.#changes = new Changes({
      ask: (seqs) => room.ask("events", { seqs }),
      isShownBelow: (at, v) => ((this.find(at) ?? { v }).v ?? 1) < v,
      show: (now) => {
        if (!this.find(now.seq)) return;
        this.#keep(messagesIn([now], room.me));
        this.draw();
      },
    });
  }

  /** What there is to show. Another object whenever something in it changed, and only then. */
  get snapshot(): ThreadSnapshot {
    return this.#snapshot.value;
  }

  /** Be told that `snapshot` is another one. Returns how to stop it. */
  subscribe = (listener: () => void): (() => void) => this.#snapshot.subscribe(listener);

  /**
   * The thread is on the screen: load its newest replies, and stay in step with it. Opens its room,
   * which stays open. Returns how to end it.
   */
  show(): () => void {
    if (++this.#shows === 1) {
      this.#unsubscribe = this.#room.subscribe(() => this.#roomChanged());
      void this.#room.open();
      this.#roomChanged();
    }
    let isShown = true;
    return () => {
      if (isShown && --this.#shows === 0) {
        this.#unsubscribe();
        this.#end.abort();
        this.#roomState = "";
        this.#kept.clear();
      }
      isShown = false;
    };
  }

  /**
   * Put the page before the oldest reply into the snapshot. Returns whether there is more; not
   * beyond 500 replies, behind which `replies` pages.
   * @throws ChatError
   */
  async older(waiting?: Waiting): Promise<boolean> {
    const { replies, hasOlder } = this.snapshot;
    const before = replies[0]?.seq;
    if (!hasOlder || !before || replies.length >= limits.roomMessages) return false;
    const { more } = await this.#page(before, waiting);
    this.#change({ hasOlder: more });
    return this.snapshot.hasOlder;
  }

  /** A message of the thread, as the log has it. @internal */
  find(seq: number): Message | undefined {
    return this.#kept.get(seq);
  }

  #roomChanged(): void {
    const { state, error } = this.#room.snapshot;
    const isOpened = state === "open" && this.#roomState !== "open";
    this.#roomState = state;
    if (isOpened) this.#load();
    else this.#change(state === "failed" || state === "opening" ? { state, error } : {});
  }

  /** Begin at the thread's end, and follow what changes from before that is asked for. */
  #load(): void {
    this.#end.abort();
    this.#end = new AbortController();
    const { signal } = this.#end;
    this.#kept.clear();
    this.#change({ state: "opening", error: undefined });
    this.#follow(signal).catch((error: unknown) => {
      if (!signal.aborted) this.#change({ state: "failed", error: asChatError(error) });
    });
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const followed = await this.#room.follow();
    if (signal.aborted) return;
    const stop = followed.onEvent((event) => {
      if (event.kind === "changed") this.#changes.receive(event);
    });
    signal.addEventListener("abort", stop);
    signal.addEventListener(
      "abort",
      followed.onDiscontinuity(() => this.#load()),
    );
    for (;;) {
      try {
        const [{ more, unread }] = await Promise.all([
          this.#page(undefined, { signal }),
          this.find(this.seq) ??
            this.#read(this.#room.ask("events", { seqs: [this.seq] }, { signal })),
        ]);
        return this.#change({ state: "open", hasOlder: more, unread });
      } catch (error) {
        if (asChatError(error).code !== "disconnected") throw error;
      }
    }
  }

  #page(before: number | undefined, waiting: Waiting | undefined) {
    return this.#read(this.#room.ask("thread", { seq: this.seq, before }, waiting));
  }

  /** Keep what was asked for, with what changed meanwhile. */
  async #read<P extends { events: readonly LogEvent[] }>(asked: Promise<P>): Promise<P> {
    const page = await this.#changes.page(asked);
    this.#keep(messagesIn(page.events, this.#room.me));
    return page;
  }

  #keep(messages: readonly Message[]): void {
    for (const message of messages) {
      const { seq = 0 } = message;
      if ((this.find(seq)?.v ?? 0) <= (message.v ?? 1)) this.#kept.set(seq, message);
    }
  }

  /** What is on top of its messages is another one. @internal */
  draw(): void {
    if (this.#shows > 0) this.#change({});
  }

  /** Another snapshot, if anything in it changed, of what is kept and what the room has. */
  #change(changes: Partial<ThreadSnapshot>): void {
    const ofThis = this.#overlay.told.messages.filter(
      ({ seq, thread }) => seq === this.seq || thread === this.seq,
    );
    this.#keep(ofThis.filter(({ seq }) => seq));
    const kept = [...this.#kept.values()]
      .sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0))
      .map((message) => this.#overlay.shown(message));
    const stored = kept.filter(({ seq }) => seq !== this.seq);
    const tooMany = stored.splice(0, stored.length - limits.roomMessages);
    for (const { seq = 0 } of tooMany) this.#kept.delete(seq);
    const unsent = ofThis.filter(({ seq }) => !seq);
    const before = this.snapshot;
    const now: ThreadSnapshot = {
      ...before,
      ...changes,
      ...(tooMany.length > 0 && { hasOlder: true }),
      root: kept.find(({ seq }) => seq === this.seq),
      replies: sameList(before.replies, [...stored, ...unsent]),
    };
    const fields = Object.values(before);
    if (sameList(fields, Object.values(now)) !== fields) this.#snapshot.set(now);
  }
}
