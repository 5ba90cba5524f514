/**
 * A connection that tabs share. Their requests get ids that differ, and each answer goes to the tab
 * that asked. What is pushed goes to all. The service tells a user's other connections what was
 * done on one; here the other tabs are told the same.
 */
import { extrasOf, messageOf } from "./extras.ts";
import { readFrame, type ServerFrame } from "./frames.ts";
import { handOverAfterMs } from "./handOver.ts";
import * as limits from "./limits.ts";
import type { Clock } from "./ports.ts";
import type { Socket } from "./socket.ts";
import type { Told } from "./tabMessages.ts";

interface LineUser {
  readonly clock: Clock;
  tell(told: Told): void;
  opened(): void;
  /** It has ended, for these sockets. */
  ended(keys: string[]): void;
}

type Request = Readonly<Record<string, unknown>>;

interface Asked {
  /** The socket that it came from. */
  readonly key: string;
  readonly request: Request;
  readonly atMs: number;
  readonly answer: (frame: ServerFrame) => void;
}

/** A tab that waits for the answer to its `focus`. */
interface Looking {
  readonly key: string;
  readonly id: unknown;
}

/** Answers that the service tells the other connections of a user, too. */
const told = new Set(
  "joined left created declined read blocked preferences".split(" ") as ServerFrame["type"][],
);

export class Line {
  readonly #socket: Socket;
  readonly #user: LineUser;
  readonly #sinceMs: number;
  /** The tab of each socket on it. */
  readonly #tabs = new Map<string, string>();
  readonly #asked = new Map<string, Asked>();
  /** What each socket looks at; the one that asked last is the last. */
  readonly #looks = new Map<string, readonly string[]>();
  #looking: readonly Looking[] | undefined;
  #lookingNext: Looking[] = [];
  #ids = 0;
  #isOpen = false;
  #hasEnded = false;
  #heardAtMs = 0;
  #me = "";
  #cancelMove: (() => void) | undefined;
  /** Nobody else should join it: it is about to end. */
  isLeft = false;

  constructor(socket: Socket, user: LineUser) {
    this.#socket = socket;
    this.#user = user;
    this.#sinceMs = user.clock.nowMs();
    socket.addEventListener("open", () => {
      if (this.#hasEnded) return;
      this.#isOpen = true;
      user.tell({ is: "opened", keys: this.#keys() });
      user.opened();
    });
    socket.addEventListener("close", () => this.#end());
    socket.addEventListener("error", () => {}); // followed by `close`
    socket.addEventListener("message", ({ data }) => this.#received(data));
  }

  has(key: string): boolean {
    return this.#tabs.has(key);
  }

  hasTab(tab: string): boolean {
    return [...this.#tabs.values()].includes(tab);
  }

  join(key: string, tab: string): void {
    this.#tabs.set(key, tab);
    if (this.#isOpen) this.#user.tell({ is: "opened", keys: [key] });
  }

  send(key: string, data: string): void {
    const { id, ...request }: Record<string, unknown> = JSON.parse(data);
    if (request["action"] === "focus") {
      this.#looks.delete(key); // so that it becomes the last
      this.#looks.set(key, request["rooms"] as string[]);
      this.#lookingNext.push({ key, id });
      // A tab makes one such request at a time: so it has given up the one before.
      const isGivenUp = this.#looking?.some((one) => one.key === key);
      if (isGivenUp || this.#looking === undefined) this.#look();
      return;
    }
    this.#ask(key, request, (frame) => {
      this.#answer(key, id, frame);
      const push = pushOf(frame, request, this.#me);
      if (push) this.#tell(this.#keys(key), push);
    });
  }

  /** A socket was closed by its tab. When that is because nothing comes any more, so is this. */
  leave(key: string): void {
    const isSilent = this.#isSilent(key);
    this.#left(key);
    if (isSilent) this.#end();
  }

  /** A tab has ended. */
  forget(tab: string): void {
    for (const [key, of] of [...this.#tabs]) if (of === tab) this.#left(key);
  }

  /** Ask all to come to another connection, while this one lives. */
  moveOn(): void {
    this.isLeft = true;
    const message = "unable to go on; the tabs move to another connection";
    const why = { code: "disconnected", message, reconnect: true, afterMs: 0 };
    this.#tell(this.#keys(), { type: "disconnect", ...why });
  }

  /** Close it, and tell nobody. */
  close(): void {
    this.#hasEnded = true;
    this.#cancelMove?.();
    this.#socket.close();
  }

  #left(key: string): void {
    if (!this.#tabs.delete(key)) return;
    if (this.#tabs.size === 0) this.#end();
    else if (this.#looks.delete(key) && this.#looking === undefined) this.#look();
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.close();
    this.#user.ended(this.#keys());
  }

  /** Whether the tab of a socket waits in vain for an answer, and nothing else has come since. */
  #isSilent(key: string): boolean {
    const untilMs = this.#user.clock.nowMs() - limits.silentMs;
    if (!this.#isOpen) return this.#sinceMs <= untilMs;
    return [...this.#asked.values()].some(
      (one) => one.key === key && one.atMs >= this.#heardAtMs && one.atMs <= untilMs,
    );
  }

  #ask(key: string, request: Request, answer: (frame: ServerFrame) => void): void {
    if (!this.#isOpen || this.#hasEnded) return;
    this.#ids += 1;
    const id = String(this.#ids);
    this.#asked.set(id, { key, request, answer, atMs: this.#user.clock.nowMs() });
    this.#socket.send(JSON.stringify({ ...request, id }));
  }

  /** Look at the rooms of all tabs; when these are too many, at those that were asked for last. */
  #look(): void {
    const askers = this.#lookingNext;
    this.#lookingNext = [];
    this.#looking = askers;
    const rooms = new Set([...this.#looks.values()].reverse().flat());
    const request = { action: "focus", rooms: [...rooms].slice(0, limits.focusRooms) };
    this.#ask(askers[0]?.key ?? "", request, (frame) => {
      for (const { key, id } of askers) this.#answer(key, id, frame);
      if (this.#looking !== askers) return;
      this.#looking = undefined;
      if (this.#lookingNext.length > 0) this.#look();
    });
  }

  #received(data: unknown): void {
    if (this.#hasEnded) return;
    this.#heardAtMs = this.#user.clock.nowMs();
    const frame = readFrame(data);
    if (frame === undefined) return;
    if (frame === "gateway") {
      // A failure names no request. While only one waits, the failure is its own.
      const [one, ...others] = this.#asked.values();
      if (one === undefined || others.length > 0) return;
      this.#asked.clear();
      this.#tell([one.key], data);
      return;
    }
    if (frame.type === "welcome") this.#welcomed(frame);
    if ("id" in frame && frame.id !== undefined) {
      const asked = this.#asked.get(frame.id);
      this.#asked.delete(frame.id);
      asked?.answer(frame);
      return;
    }
    const isEnd = frame.type === "disconnect";
    // They have been told already, and it is only this connection that has to go.
    if (isEnd && this.isLeft) return;
    this.isLeft ||= isEnd;
    this.#tell(this.#keys(), frame);
  }

  /** Each chat moves in time for what it knows; this is for those that came later. */
  #welcomed({ user, expiresAtMs }: ServerFrame<"welcome">): void {
    this.#me = user;
    if (this.#cancelMove) return;
    const nowMs = this.#user.clock.nowMs();
    const oldAtMs = this.#sinceMs + limits.connectionMs;
    // A token that is accepted has not expired, even if the clock of this machine says so.
    const untilMs = expiresAtMs > nowMs ? Math.min(expiresAtMs, oldAtMs) : oldAtMs;
    const afterMs = handOverAfterMs(untilMs - nowMs, () => 1);
    if (afterMs === undefined) return;
    this.#cancelMove = this.#user.clock.after(afterMs, () => this.moveOn());
  }

  #answer(key: string, id: unknown, frame: ServerFrame): void {
    this.#tell([key], { ...frame, id });
  }

  #keys(except?: string): string[] {
    return [...this.#tabs.keys()].filter((key) => key !== except);
  }

  #tell(keys: string[], frame: unknown): void {
    const data = typeof frame === "string" ? frame : JSON.stringify(frame);
    if (keys.length > 0) this.#user.tell({ is: "frame", keys, data });
  }
}

/** What an answer is to the others of its user, if it is anything to them. */
function pushOf(frame: ServerFrame, request: Request, me: string): object | undefined {
  if (frame.type === "ack") {
    const event = messageOf(frame, me, `${request["text"]}`, extrasOf(request));
    return { type: "events", room: frame.room, events: [event] };
  }
  return told.has(frame.type) ? { ...frame, id: undefined } : undefined;
}
