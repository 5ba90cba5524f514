/**
 * `parley-client/store`: a store on anything that holds values by key.
 *
 * A message is written when it is shown, with a cursor that was valid then; sending does not wait
 * for the write. Killed between any two steps, the message is in the store, in the log, in both or,
 * within the milliseconds that a write takes, in neither. The next run finds out which: it reads
 * the log from that cursor before it sends the rest.
 *
 * When the tables fail, nothing more is written, and the chat goes on in memory. Only deleting
 * goes on, which also a full disk can do, so that nothing comes back that was settled.
 */
import { ChatError } from "./chatError.ts";
import type { ChatSnapshot } from "./chatSnapshot.ts";
import { extrasOf } from "./extras.ts";
import * as limits from "./limits.ts";
import { type Clock, systemPorts } from "./ports.ts";
import type { Position } from "./room.ts";
import type { RoomSummary } from "./roomList.ts";
import type { Message, RoomSnapshot } from "./roomSnapshot.ts";
import type { Kept, KeptMessage, KeptPage, Store } from "./store.ts";

/** What each table holds: plain data, which can be cloned and never changes. */
export interface Values {
  /** One, with the key "me". */
  user: { readonly user: string };
  /** By `room`, as the next two. */
  rooms: RoomSummary;
  drafts: { readonly room: string; readonly text: string };
  pages: KeptPage;
  /** By `cid`. */
  outbox: KeptMessage & { readonly order: number };
}

/** Where values are held. Calls take effect in their order. */
export interface Tables {
  /** All values of a table, in the order of their keys. */
  list<T extends keyof Values>(table: T): Promise<readonly Values[T][]>;
  get<T extends keyof Values>(table: T, key: string): Promise<Values[T] | undefined>;
  /** When it resolves, the value survives. `undefined` deletes. */
  put<T extends keyof Values>(table: T, key: string, value: Values[T] | undefined): Promise<void>;
  /** Delete everything. */
  clear(): Promise<void>;
}

/** A store on tables of your own. Its tables are one user's. */
export function storeOn(tables: Tables, clock: Clock = systemPorts.clock): Store {
  return new TableStore(tables, clock);
}

class TableStore implements Store {
  readonly #tables: Tables;
  readonly #clock: Clock;
  /** By `cid`. */
  readonly #outbox = new Map<string, Values["outbox"]>();
  /** State that waits to be written, by table and key: only the newest counts. */
  readonly #due = new Map<string, () => Promise<void>>();
  #isWriting = false;
  #fail: ((error: ChatError) => void) | undefined;
  #hasFailed = false;
  #hasEnded = false;
  #user: string | undefined;
  #order = 0;

  constructor(tables: Tables, clock: Clock) {
    this.#tables = tables;
    this.#clock = clock;
  }

  async load(fail: (error: ChatError) => void): Promise<Kept> {
    this.#fail = fail;
    const loaded = await this.#use((tables) =>
      Promise.all([
        ...[tables.list("user"), tables.list("rooms")],
        ...[tables.list("drafts"), tables.list("outbox")],
      ] as const),
    );
    const [users, rooms, drafts, outbox] = loaded ?? [[], [], [], []];
    this.#user = users[0]?.user;
    const inOrder = [...outbox].sort((one, other) => one.order - other.order);
    for (const one of inOrder) this.#outbox.set(one.cid, one);
    this.#order = inOrder.at(-1)?.order ?? 0;
    const texts = new Map(drafts.map(({ room, text }) => [room, text]));
    return { user: this.#user, rooms, outbox: inOrder, drafts: texts };
  }

  page(room: string): Promise<KeptPage | undefined> {
    return this.#use((tables) => tables.get("pages", room));
  }

  draft(room: string, text: string): void {
    this.#put("drafts", room, text === "" ? undefined : { room, text });
  }

  chat(before: ChatSnapshot, { connection, rooms }: ChatSnapshot): void {
    const { state, user } = connection;
    this.#hasEnded = state === "closed" || state === "failed";
    if (state === "live" && user !== undefined && user !== this.#user) {
      this.#user = user;
      this.#put("user", "me", { user });
    }
    if (rooms !== before.rooms && state !== "idle") this.#rooms(before.rooms, rooms);
  }

  room(before: RoomSnapshot, now: RoomSnapshot, position: Position): void {
    if (before.messages === now.messages && before.state === now.state) return;
    const { room, messages, state } = now;
    const unsent = new Map<string, Message>();
    for (const one of messages) if (one.status !== "sent") unsent.set(one.cid, one);
    for (const one of unsent.values()) this.#unsent(room, one, position);
    for (const { cid, room: of } of this.#outbox.values()) {
      if (of === room && !unsent.has(cid)) this.#settled(cid);
    }
    // What the store brought is not written back, and a room that is closed stays in it.
    if (state === "open") this.#put("pages", room, pageOf(now));
  }

  async clear(): Promise<void> {
    this.#hasFailed = true;
    this.#due.clear();
    this.#outbox.clear();
    try {
      await this.#inTime(this.#tables.clear());
    } catch (cause) {
      throw failed("forget what was kept", cause);
    }
  }

  /** With a room goes all that was kept of it. */
  #rooms(before: readonly RoomSummary[], now: readonly RoomSummary[]): void {
    const known = new Set(before);
    for (const one of now) if (!known.has(one)) this.#put("rooms", one.room, one);
    const names = new Set(now.map(({ room }) => room));
    for (const { room } of before) {
      if (names.has(room)) continue;
      for (const table of ["rooms", "pages", "drafts"] as const) this.#put(table, room, undefined);
    }
  }

  #unsent(room: string, message: Message, position: Position): void {
    const { cid, text, error } = message;
    const known = this.#outbox.get(cid);
    const why = error && { code: error.code, message: error.message };
    // A chat that ends fails its messages. The next run sends them.
    if (known && (known.failed?.code === why?.code || this.#hasEnded)) return;
    // In this order they are sent, by what is written to the log and by the next run.
    if (!why) this.#order = Math.max(this.#order + 1, this.#clock.nowMs());
    const { order = this.#order } = why && known ? known : {};
    // The first position stays right, and later ones may not be.
    const { after, tag } = known ?? position;
    const extras = extrasOf(message);
    const kept = { room, cid, text, extras, after, tag, order, failed: why };
    this.#outbox.set(cid, kept);
    void this.#use((tables) => tables.put("outbox", cid, kept));
  }

  #settled(cid: string): void {
    this.#outbox.delete(cid);
    this.#inTime(this.#tables.put("outbox", cid, undefined)).catch((cause) => this.#failed(cause));
  }

  /** The newest state, one write at a time: what comes meanwhile replaces what waits. */
  #put<T extends keyof Values>(table: T, key: string, value: Values[T] | undefined): void {
    this.#due.set(`${table} ${key}`, () => this.#tables.put(table, key, value));
    if (!this.#isWriting) void this.#write();
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    for (const [id, put] of this.#due) {
      this.#due.delete(id);
      await this.#use(put);
    }
    this.#isWriting = false;
  }

  async #use<R>(call: (tables: Tables) => Promise<R>): Promise<R | undefined> {
    if (this.#hasFailed) return undefined;
    try {
      return await this.#inTime(call(this.#tables));
    } catch (cause) {
      this.#failed(cause);
      return undefined;
    }
  }

  #failed(cause: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#fail?.(failed("keep anything over a reload", cause));
  }

  async #inTime<R>(call: Promise<R>): Promise<R> {
    let stop = () => {};
    const late = new Promise<never>((_, reject) => {
      const message = `no answer within ${limits.storeMs} ms`;
      stop = this.#clock.after(limits.storeMs, () => reject(new Error(message)));
    });
    return Promise.race([call, late]).finally(() => stop());
  }
}

function pageOf({ messages, hasOlder }: RoomSnapshot): KeptPage {
  const sent = messages.filter(({ status }) => status === "sent");
  const page = sent.slice(-limits.pageMessages);
  return { messages: page, hasOlder: hasOlder || page.length < sent.length };
}

function failed(what: string, cause: unknown): ChatError {
  return new ChatError("store_failed", `unable to ${what}; the store has failed`, { cause });
}
