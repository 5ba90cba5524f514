/**
 * A client as docs/protocol.md says to write one (cursors, gaps, an outbox whose messages are sent
 * again with the same cid and after, reconnecting), doing random things. It is the other half of
 * the promises: what it has applied at the end is compared with the log.
 */
import type { ConnectedCaller } from "../../lib/model.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { directRoom, directUsers } from "../../lib/protocol/names.ts";
import type { LogEvent, ServerFrame } from "../../lib/protocol/serverFrames.ts";
import type { Request } from "../support/checker/history.ts";
import { pagesIn, refusedIn, syncedIn } from "../support/syncReply.ts";
import { createFollowing, type Following } from "./following.ts";
import { leadingFrame } from "./leader.ts";
import type { Random } from "./random.ts";
import type { Simulation } from "./simulation.ts";

export interface DeviceWorld {
  simulation: Simulation;
  random: Random;
  users: readonly string[];
  rooms: readonly string[];
  /** The one of them that has owners. */
  ledRoom: string;
  /** Whether everybody is to come to an end. */
  isEnding(): boolean;
}

export interface Device {
  readonly name: string;
  readonly connection: string | undefined;
  /** What it has applied of each room that it follows: from where, and which. */
  readonly followed: ReadonlyMap<string, Following>;
  receive(frame: ServerFrame): void;
  /** Notice that the connection is closed. */
  notice(): void;
  /** Do random things until it is time to end. */
  live(): Promise<void>;
  /** Connect, send what is left, and sync all. */
  catchUp(): Promise<void>;
  /** Ask for the replies to each message that has some. */
  readThreads(): Promise<void>;
}

interface Message {
  room: string;
  cid: string;
  text: string;
  after: number;
  thread?: number;
}

const requestTimeoutMs = 10_000;
const emoji = ["👍", "🎉"];

export function createDevice(user: string, name: string, world: DeviceWorld): Device {
  const { simulation, random, users } = world;
  const followed = new Map<string, Following>();
  const outbox: Message[] = [];
  const answered = new Map<string, (frame: ServerFrame | undefined) => void>();
  let caller: ConnectedCaller | undefined;
  let count = 0;

  const follow = (room: string, start: number) => {
    if (!followed.has(room)) followed.set(room, createFollowing(start));
  };
  /** What comes later begins at another cursor, which is no `after` for what was sent before. */
  const unfollow = (room: string) => {
    followed.delete(room);
    for (const message of outbox.filter((one) => one.room === room)) drop(message);
  };
  const drop = (message: Message) => {
    const index = outbox.indexOf(message);
    if (index >= 0) outbox.splice(index, 1);
  };
  const pause = (ms: number) => timer(simulation, `${name} pauses`, ms).done;

  function apply(room: string, event: LogEvent): void {
    if (directUsers(room)) follow(room, 0);
    for (const { cid, from } of followed.get(room)?.take(event) ?? []) {
      const mine = outbox.findIndex((one) => one.room === room && cid === one.cid);
      if (mine >= 0 && from === user) outbox.splice(mine, 1);
    }
  }

  /** The answer to a request; none when it is given up. */
  async function ask(frame: Request): Promise<ServerFrame | undefined> {
    const id = `${name}-${++count}`;
    if (caller === undefined) return undefined;
    const timeout = timer(simulation, `${name} gives up ${id}`, requestTimeoutMs);
    const answer = new Promise<ServerFrame | undefined>((resolve) => answered.set(id, resolve));
    void simulation.request(name, caller, { ...frame, id });
    const first = await Promise.race([answer, timeout.done.then(() => undefined)]);
    timeout.cancel();
    answered.delete(id);
    return first;
  }

  async function connect(): Promise<void> {
    const id = `${name}.${++count}`;
    const expiresAtMs = simulation.scheduler.nowMs + (60 + random.below(1_200)) * 1_000;
    const gateway = `http://gateway-${random.below(2) + 1}`;
    const coming = simulation.callerOf(user, id, expiresAtMs, gateway);
    const { died } = await simulation.connect(name, coming);
    if (died) return;
    caller = coming;
    const welcome = await ask({ action: "hello" });
    if (welcome?.type !== "welcome") return;
    const listed = new Set(welcome.rooms.map(({ room }) => room));
    for (const { room, seq } of welcome.rooms) follow(room, directUsers(room) ? 0 : seq);
    for (const room of followed.keys()) {
      if (!listed.has(room) && !directUsers(room)) unfollow(room);
    }
    await syncAll();
    for (const message of outbox) message.after = followed.get(message.room)?.cursor ?? 0;
  }

  /** The connection is closed, and with it all that it was asked. */
  function end(): void {
    caller = undefined;
    for (const give of answered.values()) give(undefined);
  }

  async function syncAll(): Promise<boolean> {
    const rooms = Object.fromEntries([...followed].map(([room, { cursor }]) => [room, cursor]));
    if (followed.size === 0) return caller !== undefined;
    const answer = await ask({ action: "sync", rooms });
    if (answer?.type !== "sync") return false;
    for (const { room, error } of refusedIn(answer)) {
      if (error.code === "not_member") unfollow(room);
    }
    const isWhole = answer.later.length === 0 && syncedIn(answer).every(({ complete }) => complete);
    return (await refresh()) && isWhole;
  }

  /** Ask for messages that have changed, where nobody said how they are now. */
  async function refresh(): Promise<boolean> {
    for (const [room, { holding }] of followed) {
      const seqs = holding.stale().slice(0, limits.eventsAsked);
      if (seqs.length === 0) continue;
      const take = holding.page();
      const answer = await ask({ action: "events", room, seqs });
      take(answer?.type === "events" ? answer.events : []);
      if (answer?.type !== "events") return false;
    }
    return true;
  }

  /** Page back. */
  async function look(room: string): Promise<void> {
    const take = followed.get(room)?.holding.page();
    const answer = await ask({ action: "history", room, limit: 1 + random.below(9) });
    take?.(answer?.type === "history" ? answer.events : []);
  }

  /** Change a message that is held, or react to it; sometimes ask twice. */
  async function change(room: string): Promise<void> {
    const messages = [...(followed.get(room)?.holding.messages.values() ?? [])].slice(-5);
    if (messages.length === 0) return;
    const { seq, from, thread } = random.pick(messages);
    const dice = random.next();
    if (dice < 0.15) return write(room, typeof thread === "number" ? thread : seq);
    if (dice < 0.2) return void (await ask({ action: "thread", room, seq }));
    if (dice < 0.25) return void (await ask({ action: "pin", room, seq, on: random.chance(0.7) }));
    const cid = `${name}-e${++count}`;
    const [own, others] = [random.next(), random.next()];
    const reaction = { action: "react", room, seq, emoji: random.pick(emoji) } as const;
    const frame: Request =
      from !== user || others < 0.5
        ? { ...reaction, on: random.chance(0.7) }
        : own < 0.7
          ? { action: "edit", room, seq, text: `text of ${cid}`, cid }
          : { action: "delete", room, seq };
    const again = random.chance(0.2) ? ask(frame) : undefined;
    await ask(frame);
    await again;
  }

  /** Send the oldest message of the outbox. */
  async function sendNext(): Promise<void> {
    const message = outbox[0];
    if (message === undefined) return;
    const answer = await ask({ action: "send", ...message });
    if (answer?.type !== "error") return; // acked (see receive), or to be sent again
    if (answer.retryable) await pause(answer.retryAfterMs ?? 500);
    else if (answer.code === "sync_first") {
      if (await syncAll()) message.after = followed.get(message.room)?.cursor ?? 0;
    } else drop(message);
  }

  function write(room: string, thread?: number): void {
    const cid = `${name}-m${++count}`;
    const after = followed.get(room)?.cursor ?? 0;
    const reply = thread !== undefined && { thread };
    outbox.push({ room, cid, text: `text of ${cid}`, after, ...reply });
  }

  function writeSomewhere(): void {
    const toOther = random.chance(0.3);
    const publicRooms = [...followed.keys()].filter((room) => !directUsers(room));
    if (!toOther && publicRooms.length === 0) return;
    write(toOther ? directRoom(user, random.pick(world.users)) : random.pick(publicRooms));
  }

  /** Come into a room; the one that is led is made first, unless somebody has. */
  async function join(room: string): Promise<void> {
    if (room === world.ledRoom && !followed.has(room)) {
      const made = await ask({ action: "create", visibility: "public", room });
      if (made?.type === "created") return;
    }
    await ask({ action: "join", room });
  }

  async function act(): Promise<void> {
    if (caller === undefined) return connect();
    const room = random.pick(world.rooms);
    const dice = random.next();
    if (dice < 0.42) {
      if (outbox.length === 0) writeSomewhere();
      await sendNext();
    } else if (dice < 0.55) await change(random.pick([...followed.keys(), room]));
    else if (dice < 0.67) await syncAll();
    else if (dice < 0.71) await ask(leadingFrame(world.ledRoom, { user, users, random }));
    else if (dice < 0.8) await join(room);
    else if (dice < 0.83) await ask({ action: "leave", room });
    else if (dice < 0.87) await look(room);
    else if (dice < 0.91) {
      await ask({ action: "read", room, seq: followed.get(room)?.cursor ?? 0 });
    } else if (dice < 0.92) await ask({ action: "who", room });
    else if (dice < 0.94) await focus();
    else if (dice < 0.95) await ask({ action: "typing", room, on: true });
    else await hangUp();
  }

  /** Look at some rooms, some of them perhaps not ours, or at none. */
  async function focus(): Promise<void> {
    const all = [...world.rooms, directRoom(user, random.pick(world.users))];
    await ask({ action: "focus", rooms: all.filter(() => random.chance(0.5)) });
  }

  /** Close; the gateway may say so, late or twice, or not at all. */
  async function hangUp(): Promise<void> {
    const id = caller?.connection.connectionId;
    if (id === undefined) return;
    simulation.close(id);
    for (let said = random.below(3); said > 0; said -= 1) {
      void simulation.disconnect(`gateway of ${id}`, id);
    }
  }

  /** Below `from` there is nothing for this user. */
  function skipHidden(frame: ServerFrame<"sync">): void {
    for (const { room, from = 0 } of syncedIn(frame)) {
      if ((followed.get(room)?.cursor ?? from) >= from - 1) continue;
      followed.set(room, createFollowing(from - 1));
    }
  }

  function receive(frame: ServerFrame): void {
    const id = "id" in frame ? frame.id : undefined;
    if (frame.type === "disconnect") {
      simulation.close(caller?.connection.connectionId ?? "");
      return;
    }
    if (frame.type === "joined" || frame.type === "created") follow(frame.room, frame.seq);
    if (frame.type === "left") unfollow(frame.room);
    if (frame.type === "events" || frame.type === "sync") {
      if (frame.type === "sync") skipHidden(frame);
      for (const { room, events } of pagesIn(frame)) {
        for (const event of events) apply(room, event);
      }
    }
    if (frame.type === "ack") {
      const index = outbox.findIndex(({ cid, room }) => cid === frame.cid && room === frame.room);
      const { seq, n, tag, prev, cid, sentAtMs } = frame;
      const place = { seq, n, tag, ...(prev !== undefined && { prev }) };
      const [message] = index < 0 ? [] : outbox.splice(index, 1);
      const { text = `text of ${cid}`, thread } = message ?? {};
      const said = { text, ...(thread !== undefined && { thread }) };
      apply(frame.room, { ...place, kind: "message", from: user, cid, ...said, sentAtMs });
    }
    if (id !== undefined) answered.get(id)?.(frame);
  }

  return {
    name,
    get connection() {
      return caller?.connection.connectionId;
    },
    followed,
    receive,
    notice: end,
    async live() {
      while (!world.isEnding()) {
        await pause(random.below(3_000));
        if (!world.isEnding()) await act();
      }
    },
    async catchUp() {
      do {
        if (caller === undefined) await connect();
        if (outbox.length > 0) await sendNext();
      } while (outbox.length > 0 || !(await syncAll()));
    },
    async readThreads() {
      for (const [room, { holding }] of followed) {
        for (const { seq, thread } of holding.messages.values()) {
          if (typeof thread === "object") await ask({ action: "thread", room, seq });
        }
      }
    },
  };
}

let timers = 0;
function timer(simulation: Simulation, label: string, ms: number) {
  const { scheduler } = simulation;
  const id = `timer ${++timers}`;
  const dueMs = scheduler.nowMs + ms;
  const done = new Promise<void>((resolve) => {
    scheduler.add({ id, thread: id, kind: "timer", label, dueMs, run: resolve });
  });
  return { done, cancel: () => scheduler.remove(id) };
}
