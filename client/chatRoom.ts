/**
 * A room as a program sees it. Until it is opened it holds nothing and costs nothing; from then on
 * its snapshot has the newest messages and stays in step with the log.
 */
import { orAborted, type Waiting } from "./abort.ts";
import { Changes } from "./changes.ts";
import type { ChatClient } from "./chatClient.ts";
import { asChatError, ChatError, clientEnded } from "./chatError.ts";
import type { Fields, Reply, ServerFrame } from "./frames.ts";
import * as limits from "./limits.ts";
import { Listeners } from "./listeners.ts";
import { messagesIn } from "./messages.ts";
import type { Stored } from "./outbox.ts";
import type { Ports } from "./ports.ts";
import type { Discontinuity, Position, Room } from "./room.ts";
import { changedRoom, emptyRoom } from "./roomFeatures.ts";
import type { RoomListChange, RoomSummary } from "./roomList.ts";
import type { Message, RoomChange, RoomSnapshot } from "./roomSnapshot.ts";
import { Snapshot } from "./snapshot.ts";
import type { KeptMessage, Store } from "./store.ts";

/** What a room needs of its chat. */
export interface ChatRoomContext {
  client: ChatClient;
  ports: Ports;
  store: Store | undefined;
  /** By room. */
  drafts: Map<string, string>;
  /** Resolves when what the store kept is shown; nothing when it is already. */
  restoring(): Promise<void> | undefined;
  /** Resolves when the chat is live. */
  live(): Promise<void>;
  summary(room: string): RoomSummary | undefined;
  changed(change: RoomListChange): void;
  show(room: ChatRoom, isShown: boolean): void;
}

type RoomAction =
  | ("join" | "leave" | "read" | "typing" | "who")
  | ("history" | "events" | "edit" | "delete");

/** A room of `focused`. */
type Looked = Exclude<ServerFrame<"focused">["rooms"][number], { error: unknown }>;

export class ChatRoom {
  readonly name: string;
  readonly #context: ChatRoomContext;
  readonly #snapshot: Snapshot<RoomSnapshot>;
  readonly #listeners = new Listeners<{ discontinuity: Discontinuity }>();
  #opening: Promise<Room> | undefined;
  #room: Room | undefined;
  /** Up to here the log has no message that an earlier run left. */
  #left: Position | undefined;
  readonly #changes: Changes;
  /** By user, how to call off the end of their typing. */
  readonly #typing = new Map<string, () => void>();
  #typedAtMs = Number.NEGATIVE_INFINITY;

  /** @internal */
  constructor(name: string, context: ChatRoomContext) {
    this.name = name;
    this.#context = context;
    this.#snapshot = new Snapshot(emptyRoom(name));
    this.#changes = new Changes({
      ask: (seqs) => this.#ask("events", { seqs }),
      isShownBelow: (of, v) =>
        this.snapshot.messages.some((one) => one.seq === of && (one.v ?? 1) < v),
      show: (now) => this.change({ type: "changed", now, me: this.#me }),
    });
  }

  /** What there is to show. Another object whenever something in it changed, and only then. */
  get snapshot(): RoomSnapshot {
    return this.#snapshot.value;
  }

  /** Be told that `snapshot` is another one. Returns how to stop it. */
  subscribe = (listener: () => void): (() => void) => this.#snapshot.subscribe(listener);

  /**
   * Be told when the log went back, to a backup or to nothing: `snapshot` has the log of now, and
   * what was shown before may not be in it. Returns how to stop it.
   */
  onDiscontinuity(listener: (discontinuity: Discontinuity) => void): () => void {
    return this.#listeners.add("discontinuity", listener);
  }

  /**
   * Have the newest messages of a room that I am in, and everything after them. Waits for a
   * connection for as long as that takes. Direct rooms need no `join`.
   * @throws ChatError `not_member`, `closed`, `gave_up`, or the reason of the signal
   */
  open({ signal }: Waiting = {}): Promise<void> {
    const waiting = orAborted(this.#open(), signal).then(() => {});
    waiting.catch(() => {}); // the snapshot says the same to who does not wait
    return waiting;
  }

  /** Forget what is shown, without leaving. Messages on their way are given up. */
  close(): void {
    this.#opening = this.#room = undefined;
    this.#context.client.unfollow(this.name);
    this.#become(emptyRoom(this.name));
  }

  /** Become a member of a public room, and open it. @throws ChatError */
  async join({ signal }: Waiting = {}): Promise<void> {
    const joined = await orAborted(this.#ask("join", {}), signal);
    this.#context.changed(joined);
    await this.open({ signal });
  }

  /** Stop being a member of a public room, and close it. @throws ChatError */
  async leave({ signal }: Waiting = {}): Promise<void> {
    const left = await orAborted(this.#ask("leave", {}), signal);
    this.#context.changed(left);
    this.close();
  }

  /**
   * Send a message: it is shown at once, and sent when there is a connection. When this resolves,
   * it is in the log, once. A caller may leave the promise alone: the message's status says the
   * same.
   * @throws ChatError with the code of the refusal, `gave_up`, `closed` or `outbox_full`
   */
  send(text: string): Promise<Stored> {
    const restoring = this.#context.restoring();
    if (restoring) return restoring.then(() => this.send(text));
    return this.#send(text, this.#context.ports.newCid());
  }

  /** What I have written and not sent. It survives a reload, as far as the chat has a store. */
  get draft(): string {
    return this.#context.drafts.get(this.name) ?? "";
  }

  set draft(text: string) {
    this.#context.drafts.set(this.name, text);
    this.#context.store?.draft(this.name, text);
  }

  /** Send a failed message again. It is stored once, also when it had got there the first time. */
  retry(cid: string): Promise<Stored> {
    const message = this.snapshot.messages.find((one) => one.cid === cid);
    if (message?.status !== "failed") throw new TypeError(`no message ${cid} has failed`);
    return this.#send(message.text, cid);
  }

  /**
   * Put another text in place of a message's of mine. With `v`, only if the message is at that
   * version still. Everybody in the room is shown it, this room included.
   * @throws ChatError `conflict`, `deleted`, `forbidden` and others
   */
  async edit(seq: number, text: string, { v, signal }: Waiting & { v?: number } = {}) {
    const fields = { seq, text, cid: this.#context.ports.newCid(), ...(v !== undefined && { v }) };
    await orAborted(this.#ask("edit", fields), signal);
  }

  /** Delete a message: one of mine, or as a moderator anybody's. @throws ChatError */
  async delete(seq: number, { signal }: Waiting = {}): Promise<void> {
    await orAborted(this.#ask("delete", { seq }), signal);
  }

  /** Take a failed message away. */
  discard(cid: string): void {
    const { messages } = this.snapshot;
    const isFailed = messages.some((one) => one.cid === cid && one.status === "failed");
    if (isFailed) this.change({ type: "discarded", cid });
  }

  /**
   * Put the page before the oldest message into the snapshot. Returns whether there is more; not
   * beyond 500 messages, behind which `history` pages.
   * @throws ChatError
   */
  async older({ signal }: Waiting = {}): Promise<boolean> {
    const { messages, hasOlder } = this.snapshot;
    const first = firstSeqOf(messages);
    const limit = Math.min(limits.pageMessages, limits.roomMessages - messages.length);
    if (!hasOlder || limit <= 0) return false;
    for (let before = first; ; ) {
      const from = before === undefined ? { limit } : { before, limit };
      const { events, more } = await this.#changes.page(
        orAborted(this.#ask("history", from), signal),
      );
      if (firstSeqOf(this.snapshot.messages) !== first) return this.snapshot.hasOlder;
      before = events[0]?.seq;
      // A page may hold nothing that is shown.
      if (more && before !== undefined && messagesIn(events, this.#me).length === 0) continue;
      this.change({ type: "page", events, more, isOlder: true, me: this.#me });
      return more;
    }
  }

  /**
   * The log backwards, page by page; each page is oldest first.
   * @throws ChatError, or the reason of the signal
   */
  async *history({
    signal,
    before,
  }: Waiting & { before?: number } = {}): AsyncGenerator<readonly Message[]> {
    for (let end = before; ; ) {
      const page: Reply<"history"> = await orAborted(
        this.#ask("history", end === undefined ? {} : { before: end }),
        signal,
      );
      const shown = messagesIn(page.events, this.#me);
      if (shown.length > 0) yield shown;
      end = page.events[0]?.seq;
      if (!page.more || end === undefined) return;
    }
  }

  /** Move my read position: to the newest message, or to `seq`. @throws ChatError */
  async read(seq?: number, { signal }: Waiting = {}): Promise<void> {
    const newest = this.snapshot.messages.findLast((one) => one.status === "sent")?.seq ?? 0;
    const summary = this.#context.summary(this.name);
    const position = seq ?? newest;
    if (position <= (summary?.readSeq ?? 0)) return;
    this.#context.changed(await orAborted(this.#ask("read", { seq: position }), signal));
  }

  /**
   * Tell the others that I am typing: to be called at every key. Sent at most every three seconds,
   * and only while there is a connection.
   */
  typing(on = true): void {
    const nowMs = this.#context.ports.clock.nowMs();
    const isOld = nowMs - this.#typedAtMs >= limits.typingEveryMs;
    if (on ? !isOld : this.#typedAtMs === Number.NEGATIVE_INFINITY) return;
    if (this.#context.client.status !== "connected") return;
    this.#typedAtMs = on ? nowMs : Number.NEGATIVE_INFINITY;
    this.#ask("typing", { on }).catch(() => {}); // a hint, which may be lost
  }

  /**
   * The room is on the screen: open it, and have typing, who is online and others' reads told, of
   * the four rooms shown last. Returns how to end it; the room stays open.
   */
  show(): () => void {
    this.#open().catch(() => {}); // the snapshot says so
    this.#context.show(this, true);
    let isShown = true;
    return () => {
      if (isShown) this.#context.show(this, false);
      isShown = false;
    };
  }

  /** Who is online in the room. @throws ChatError */
  who({ signal }: Waiting = {}): Promise<Reply<"who">> {
    return orAborted(this.#ask("who", {}), signal);
  }

  /** Go on with what an earlier run of the program left. @internal */
  goOn(kept: readonly KeptMessage[]): void {
    const messages = kept.map(({ cid, text, failed }) => ({
      ...this.#mine(cid, text),
      ...(failed && {
        status: "failed" as const,
        error: new ChatError(failed.code, failed.message),
      }),
    }));
    this.change({ type: "restored", messages });
    for (const { cid, text, failed, after, tag } of kept) {
      const isRefused = failed && failed.code !== "gave_up";
      if (!isRefused && after <= (this.#left?.after ?? after)) this.#left = { after, tag };
      if (!failed) this.#deliver(text, cid).catch(() => {}); // its status says so
    }
  }

  /** @internal */
  change(change: RoomChange): void {
    if (change.type === "typing") {
      this.#typing.get(change.user)?.();
      this.#typing.delete(change.user);
      if (change.on) this.#endTyping(change.room, change.user);
    }
    this.#become(changedRoom(this.snapshot, change));
  }

  #become(snapshot: RoomSnapshot): void {
    const before = this.snapshot;
    this.#snapshot.set(snapshot);
    const { cursor, tag } = this.#room ?? {};
    const after = cursor ?? this.#context.summary(this.name)?.seq ?? 0;
    this.#context.store?.room(before, snapshot, { after, tag });
  }

  /** @internal */
  looked({ online, reads }: Omit<Looked, "room">): void {
    this.change({
      type: "looked",
      online: online.map(({ user }) => user),
      reads: Object.fromEntries(reads.map(({ user, seq }) => [user, seq])),
    });
  }

  get #me(): string | undefined {
    return this.#context.client.user;
  }

  #ask<A extends RoomAction>(action: A, fields: Omit<Fields<A>, "room">): Promise<Reply<A>> {
    return this.#context.client.request(action, { ...fields, room: this.name } as Fields<A>);
  }

  #endTyping(room: string, user: string): void {
    const end = () => this.change({ type: "typing", room, user, on: false });
    this.#typing.set(user, this.#context.ports.clock.after(limits.typingShownMs, end));
  }

  #send(text: string, cid: string): Promise<Stored> {
    this.change({ type: "sending", message: this.#mine(cid, text.trim()) });
    this.#typedAtMs = Number.NEGATIVE_INFINITY; // to the others a message ends it
    return this.#deliver(text, cid);
  }

  #mine(cid: string, text: string): Message {
    return { cid, from: this.#me, isMine: true, text, status: "sending" };
  }

  #deliver(text: string, cid: string): Promise<Stored> {
    const stored = this.#open().then((room) => room.send(text, { cid }));
    stored.then(
      ({ seq }) => {
        // One that an earlier run left may be before the oldest that is shown.
        if (seq <= (this.#room?.cursor ?? 0)) this.change({ type: "discarded", cid });
      },
      (error: ChatError) => this.change({ type: "refused", cid, error }),
    );
    return stored;
  }

  /** Show what the store has, until the log brings it anew. */
  async #restorePage(): Promise<void> {
    await this.#context.restoring();
    const page = await this.#context.store?.page(this.name);
    if (page && this.#opening && !this.#room) this.change({ type: "restored", ...page });
  }

  #open(): Promise<Room> {
    if (this.#opening) return this.#opening;
    const opening: Promise<Room> = this.#newest().then((page) => {
      if (this.#opening !== opening) throw clientEnded();
      return this.#follow(page);
    });
    this.#opening = opening;
    opening.catch((error: ChatError) => {
      if (this.#opening !== opening) return;
      this.#opening = undefined; // so that it can be tried again
      this.change({ type: "state", state: "failed", error });
    });
    this.change({ type: "state", state: "opening" });
    void this.#restorePage();
    return opening;
  }

  async #newest(): Promise<Reply<"history">> {
    for (;;) {
      await this.#context.live();
      try {
        return await this.#ask("history", { limit: limits.pageMessages });
      } catch (thrown) {
        const error = asChatError(thrown);
        if (error.code !== "disconnected") throw error;
      }
    }
  }

  #follow({ events, more }: Reply<"history">): Room {
    const newest = events.at(-1);
    let shownTo = newest?.seq ?? 0;
    const isBehind = this.#left && this.#left.after < shownTo;
    const position = isBehind ? this.#left : { after: shownTo, tag: newest?.tag };
    const room = this.#context.client.follow(this.name, position);
    this.#room = room;
    room.subscribe((event) => {
      const me = this.#me;
      if (event.seq > shownTo) this.change({ type: "event", event, me });
      this.#context.changed({ type: "event", room: this.name, event, isMine: event.from === me });
    });
    room.onChanged((event) => this.#changes.receive(event));
    room.onDiscontinuity((discontinuity) => {
      const page = discontinuity.events;
      shownTo = 0;
      const isWhole = (page[0]?.seq ?? 1) <= 1;
      this.change({ type: "page", events: page, more: !isWhole, isOlder: false, me: this.#me });
      this.#listeners.tell("discontinuity", discontinuity);
    });
    this.change({ type: "page", events, more, isOlder: false, me: this.#me });
    this.change({ type: "state", state: "open" });
    return room;
  }
}

/** The position of the first message that is stored. */
function firstSeqOf(messages: readonly Message[]): number | undefined {
  return messages.find(({ seq }) => seq !== undefined)?.seq;
}
