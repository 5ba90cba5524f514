/**
 * `parley-client/window`: a room's log as far as it goes, for a list that is scrolled. A room shows
 * its newest messages; a window pages further back, holds so many at a time, and stays in step with
 * the room. Where it is so far back that it has let go of the newest, it pages forward again.
 */
import { orAborted, type Waiting } from "./abort.ts";
import { Changes } from "./changes.ts";
import { ChatError } from "./chatError.ts";
import type { ChatRoom } from "./chatRoom.ts";
import type { Fields } from "./frames.ts";
import * as limits from "./limits.ts";
import { messagesIn } from "./messages.ts";
import { type Overlay, overlayOf, sameList } from "./overlay.ts";
import type { Message, RoomSnapshot } from "./roomSnapshot.ts";
import { Snapshot } from "./snapshot.ts";

/** What there is to show of a room's log. */
export interface WindowSnapshot {
  /** At most 1,000, oldest first; those of mine that are not sent yet where `hasNewer` is false. */
  readonly messages: readonly Message[];
  /** Whether the room has older messages than these. */
  readonly hasOlder: boolean;
  /** Whether the room has newer messages than these. */
  readonly hasNewer: boolean;
}

/** The window of a room: the same object each time. */
export function windowOf(room: ChatRoom): RoomWindow {
  const overlay = overlayOf(room);
  const known = overlay.beyond.get(windowKey);
  if (known instanceof RoomWindow) return known;
  const made = new RoomWindow(room, overlay);
  overlay.beyond.set(windowKey, made);
  return made;
}

/** No message has this position. */
const windowKey = 0;

const atEnd: WindowSnapshot = { messages: [], hasOlder: false, hasNewer: false };

/** Messages of a room, near where somebody reads. It stays current while it is shown. */
export class RoomWindow {
  readonly #room: ChatRoom;
  readonly #overlay: Overlay;
  readonly #snapshot = new Snapshot<WindowSnapshot>(atEnd);
  /** Messages of the log that the room does not show, oldest first. */
  #kept: readonly Message[] = [];
  /** Whether the log has any before those; where there are none, the room knows. */
  #hasOlder = false;
  /** Whether what the room shows goes on right behind them. */
  #isJoined = true;
  #told: RoomSnapshot;
  #shows = 0;
  #loading: Promise<boolean> | undefined;
  readonly #changes: Changes;
  /** Ends what it follows and loads. */
  #end = new AbortController();

  /** @internal */
  constructor(room: ChatRoom, overlay: Overlay) {
    this.#room = room;
    this.#overlay = overlay;
    this.#told = overlay.told;
    this.#changes = new Changes({
      ask: (seqs) => room.ask("events", { seqs }),
      isShownBelow: (seq, v) => ((this.find(seq) ?? { v }).v ?? 1) < v,
      show: (now) => {
        const { v = 1 } = now;
        const isOlder = (one: Message) => one.seq === now.seq && (one.v ?? 1) < v;
        if (!this.#kept.some(isOlder)) return;
        const [message] = messagesIn([now], room.me);
        this.#kept = this.#kept.map((one) => (message && isOlder(one) ? message : one));
        this.draw();
      },
    });
    // For as long as there is the room.
    room.subscribe(() => this.#roomChanged());
    room.onDiscontinuity(() => this.toEnd());
    this.draw();
  }

  /** What there is to show. Another object whenever something in it changed, and only then. */
  get snapshot(): WindowSnapshot {
    return this.#snapshot.value;
  }

  /** Be told that `snapshot` is another one. Returns how to stop it. */
  subscribe = (listener: () => void): (() => void) => this.#snapshot.subscribe(listener);

  /**
   * The window is on the screen: it stays in step with its room, which opens and stays open.
   * Returns how to end it; then the window is at the room's end again.
   */
  show(): () => void {
    if (++this.#shows === 1) {
      this.#end = new AbortController();
      void this.#room.open();
      if (this.#told.state === "open") this.#follow();
    }
    let isShown = true;
    return () => {
      if (isShown && --this.#shows === 0) {
        this.#end.abort(new ChatError("closed", "unable to go on; the window was hidden"));
        this.toEnd();
      }
      isShown = false;
    };
  }

  /**
   * Put the page before the oldest message into the snapshot, which lets go of the newest where it
   * would hold too many. Returns whether there is more.
   * @throws ChatError
   */
  older(waiting?: Waiting): Promise<boolean> {
    return this.#once(() => this.#older(), waiting);
  }

  /**
   * Put the page behind the newest message into the snapshot, which lets go of the oldest where it
   * would hold too many. Returns whether there is more.
   * @throws ChatError
   */
  newer(waiting?: Waiting): Promise<boolean> {
    return this.#once(() => this.#newer(), waiting);
  }

  /**
   * Show what is around a position, after what is on its way. Resolves with whether it did: not
   * where the signal ended it. @throws ChatError `bad_request` where nothing is there yet
   */
  to(seq: number, { signal }: Waiting = {}): Promise<boolean> {
    const going = this.#next(async () => {
      if (signal?.aborted) return false;
      const page = await this.#page({ around: seq });
      if (signal?.aborted) return false;
      this.#keep(page.messages, { hasOlder: (page.messages[0]?.seq ?? 1) > 1, isJoined: false });
      return true;
    });
    return orAborted(going, signal);
  }

  /** Show the newest messages. */
  toEnd(): void {
    this.#keep([], { hasOlder: false, isJoined: true });
  }

  /** A message that the room does not show, as the log has it. @internal */
  find(seq: number): Message | undefined {
    return this.#kept.find((one) => one.seq === seq);
  }

  /** What is on top of its messages is another one. @internal */
  draw(): void {
    const { messages, hasOlder } = this.#room.snapshot;
    const kept = this.#kept.map((one) => this.#overlay.shown(one));
    const all = kept.length === 0 ? messages : [...kept, ...(this.#isJoined ? messages : [])];
    const before = this.snapshot;
    const now: WindowSnapshot = {
      messages: sameList(before.messages, all),
      hasOlder: kept.length === 0 ? hasOlder : this.#hasOlder,
      hasNewer: !this.#isJoined,
    };
    const fields = Object.values(before);
    if (sameList(fields, Object.values(now)) !== fields) this.#snapshot.set(now);
  }

  #keep(
    kept: readonly Message[],
    { hasOlder, isJoined }: { hasOlder: boolean; isJoined: boolean },
  ) {
    this.#kept = kept;
    this.#hasOlder = hasOlder;
    this.#isJoined = isJoined || kept.length === 0;
    this.draw();
  }

  #roomChanged(): void {
    const before = this.#told;
    const now = this.#overlay.told;
    this.#told = now;
    if (now.state !== "open") this.toEnd();
    else if (before.state !== "open" && this.#shows > 0) this.#follow();
    if (this.#kept.length > 0 && before.messages !== now.messages) this.#keepUp(before, now);
    else this.draw();
  }

  /** What the room lets go of while the window reaches beyond it is kept here. */
  #keepUp(before: RoomSnapshot, now: RoomSnapshot): void {
    const isWritten = now.messages.at(-1)?.status === "sending" && isLonger(now, before);
    if (!this.#isJoined) {
      if (isWritten) this.toEnd(); // what I write is shown
      return;
    }
    const first = firstSeqOf(now.messages);
    const last = this.#kept.at(-1)?.seq ?? 0;
    const gone = storedIn(before.messages).filter(({ seq = 0 }) => seq > last && seq < first);
    this.#keepNewest([...this.#kept, ...gone], this.#hasOlder);
  }

  /** With the room's messages behind them. */
  #keepNewest(kept: readonly Message[], hasOlder: boolean): void {
    const tooMany = Math.max(0, kept.length + this.#told.messages.length - limits.windowMessages);
    this.#keep(kept.slice(tooMany), { hasOlder: hasOlder || tooMany > 0, isJoined: true });
  }

  #follow(): void {
    const { signal } = this.#end;
    const following = this.#room.follow().then((followed) => {
      if (signal.aborted) return;
      const stop = followed.onEvent((event) => {
        if (event.kind === "changed") this.#changes.receive(event);
      });
      signal.addEventListener("abort", stop);
    });
    following.catch(() => {}); // the room's snapshot says so
  }

  /** While a page is on its way, no other one is asked for. Each caller ends their own wait. */
  #once(load: () => Promise<boolean>, waiting?: Waiting): Promise<boolean> {
    return orAborted(this.#loading ?? this.#next(load), waiting?.signal);
  }

  /** Load something when nothing else is on its way. */
  #next(load: () => Promise<boolean>): Promise<boolean> {
    const before = this.#loading?.catch(() => {}) ?? Promise.resolve();
    const loading: Promise<boolean> = before.then(load).finally(() => {
      if (this.#loading === loading) this.#loading = undefined;
    });
    this.#loading = loading;
    return loading;
  }

  async #older(): Promise<boolean> {
    const isRooms = this.#kept.length === 0;
    if (isRooms && this.#told.messages.length < limits.roomMessages) {
      return this.#room.older();
    }
    if (!this.snapshot.hasOlder) return false;
    const first = firstSeqOf(this.snapshot.messages);
    const { messages, more } = await this.#page({ before: first });
    if (firstSeqOf(this.snapshot.messages) !== first) return this.snapshot.hasOlder;
    const kept = [...messages, ...this.#kept];
    const all = this.#isJoined ? [...kept, ...storedIn(this.#told.messages)] : kept;
    const isTooLong = all.length > limits.windowMessages;
    const isJoined = this.#isJoined && !isTooLong;
    const held = isTooLong ? all.slice(0, limits.windowMessages) : kept;
    this.#keep(held, { hasOlder: more, isJoined });
    return more;
  }

  async #newer(): Promise<boolean> {
    if (this.#isJoined) return false;
    const last = this.#kept.at(-1)?.seq ?? 0;
    const { messages, more, end } = await this.#page({ after: last });
    if (this.#isJoined || this.#kept.at(-1)?.seq !== last) return !this.#isJoined;
    const kept = [...this.#kept, ...messages];
    const first = firstSeqOf(this.#told.messages);
    if (!more || end >= first - 1) {
      const before = kept.filter(({ seq = 0 }) => seq < first);
      if (before.length === 0) this.toEnd();
      else this.#keepNewest(before, this.#hasOlder);
    } else {
      const tooMany = Math.max(0, kept.length - limits.windowMessages);
      const hasOlder = this.#hasOlder || tooMany > 0;
      this.#keep(kept.slice(tooMany), { hasOlder, isJoined: false });
    }
    return this.snapshot.hasNewer;
  }

  /** The next page that holds anything to show; `end` is the position of its last event. */
  async #page(at: Pick<Fields<"history">, "before" | "after" | "around">) {
    const { signal } = this.#end;
    for (let place = at; ; ) {
      const asked = { ...place, limit: limits.pageMessages };
      const { events, more } = await this.#changes.page(this.#room.ask("history", asked));
      if (signal.aborted) throw signal.reason;
      const messages = messagesIn(events, this.#room.me);
      const [start, end] = [events[0]?.seq ?? 0, events.at(-1)?.seq ?? 0];
      if (messages.length > 0 || !more || place.around !== undefined) {
        return { messages, more, end };
      }
      place = place.after === undefined ? { before: start } : { after: end };
    }
  }
}

const storedIn = (messages: readonly Message[]) => messages.filter(({ seq }) => seq !== undefined);

/** Of the first message that is stored; beyond all where none is. */
function firstSeqOf(messages: readonly Message[]): number {
  return messages.find(({ seq }) => seq !== undefined)?.seq ?? Number.POSITIVE_INFINITY;
}

const isLonger = ({ messages }: RoomSnapshot, before: RoomSnapshot) =>
  messages.at(-1)?.cid !== before.messages.at(-1)?.cid;
