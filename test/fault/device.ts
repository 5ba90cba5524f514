/**
 * One device of a user: a program on the client of client/, which does at random what people do.
 * What it is told goes into the history by its line; what it is handed, into its followings; and
 * for each message that it sends, what becomes of it.
 */
import { setTimeout as delay } from "node:timers/promises";
import { ChatClient } from "../../client/chatClient.ts";
import {
  type Address,
  ChatError,
  type Clock,
  directRoom,
  type Stored,
} from "../../client/index.ts";
import { directUsers } from "../../lib/protocol/names.ts";
import { developmentToken } from "../../local/tokens.ts";
import { leadingFrame } from "../simulation/leader.ts";
import type { Random } from "../simulation/random.ts";
import type { Counts } from "./counts.ts";
import { decided } from "./decided.ts";
import type { Fault, FaultPlan } from "./faultPlan.ts";
import { type Followings, followings } from "./followings.ts";
import { createLine, type Line } from "./line.ts";
import type { Recorder } from "./recorder.ts";
import { textOf } from "./texts.ts";
import { largeRoom } from "./town.ts";
import type { Turns } from "./turns.ts";

/** What befalls a device, by how often it comes, against each other. */
export const clientFaults = {
  /** A message is sent again, although nothing says that it is not there. */
  sentAgain: 12,
  /** The connection ends without a close. */
  vanished: 4,
  /** Nothing is read any more, and the gateway does not know. */
  stoppedReading: 2,
  /** No network for some seconds, and messages that wait for it. */
  away: 3,
};
type ClientFault = keyof typeof clientFaults;

export interface DeviceOptions {
  user: string;
  device: string;
  /** Of a gateway: a connection may be on any. */
  url: Address["url"];
  opened?(connection: string, url: string): void;
  clock?: Clock;
  /** Public rooms, and other users, that this user has to do with. */
  rooms: readonly string[];
  friends: readonly string[];
  /** Where this user asks for what leaders do, may they or not, of these users. */
  leads?: { room: string; users: readonly string[] };
  random: Random;
  recorder: Recorder;
  counts: Counts;
  turns: Turns;
  plan: FaultPlan<ClientFault>;
}

export interface Device {
  readonly user: string;
  readonly name: string;
  readonly line: Line;
  readonly client: ChatClient;
  readonly followings: Followings;
  /** What was said to be stored. */
  readonly stored: readonly Stored[];
  /** Messages of which nobody knows yet. */
  readonly pending: number;
  /** Make a public room, and be its owner. */
  found(room: string): Promise<void>;
  /** Act until stopped. */
  live(isOver: () => boolean): Promise<void>;
  come(): void;
}

const tokenSeconds = { short: 40, long: 3_600 };
/** Messages on their way, beyond which a person would wait. */
const pendingMax = 12;
/** Of the newest messages, those that people change or react to. */
const recent = 10;
/** Of what somebody does, requests of a leader. */
const leadingShare = 0.1;
const emoji = ["👍", "🎉", "❤️"];
const patienceMs = 2_000;
const awayMsMax = 6_000;
const arrivalMs = 5_000;

export function createDevice(options: DeviceOptions): Device {
  const { user, device, rooms, friends, leads, random, recorder, counts, turns, plan } = options;
  const { url, clock, opened } = options;
  const stored: Stored[] = [];
  let pending = 0;
  let messages = 0;
  let edits = 0;
  const line = createLine({
    device,
    user,
    recorder,
    ...(opened && { opened }),
    received(frame) {
      if (frame.type === "events") counts.add("traffic", "delivered", frame.events.length);
      if (frame.type === "error") counts.add("errors", frame.code);
      // Also as a reply that comes too late for the caller: the client then stops following.
      if (frame.type === "left") followed.end(frame.room);
    },
  });
  const client = new ChatClient({
    url,
    ...(clock && { clock }),
    token: () => {
      const isShort = random.chance(0.1);
      return developmentToken(user, { ttlSeconds: tokenSeconds[isShort ? "short" : "long"] });
    },
    WebSocket: line.WebSocket,
    // Waits are a matter of taste for people, and of throughput here.
    random: () => random.next() * 0.5,
  });
  const followed = followings({ device, client, recorder });

  async function send(room: string): Promise<void> {
    if (pending >= pendingMax) return;
    pending += 1;
    const cid = `${device}-${++messages}`;
    followed.follow(room, 0);
    const sent = client
      .follow(room)
      .send(textOf(cid, random), { cid })
      .then(
        (message) => {
          stored.push(message);
          counts.add("traffic", "acked");
        },
        (error) => failed("send", error),
      );
    const settled = sent.finally(() => {
      pending -= 1;
    });
    await Promise.race([settled, delay(patienceMs, undefined, { ref: false })]);
  }

  function failed(action: string, error: unknown): void {
    if (!(error instanceof ChatError)) throw error;
    counts.add("refusals", `${action}: ${error.code}`);
  }

  async function ask(action: Parameters<ChatClient["request"]>[0], fields: object): Promise<void> {
    const asked = client.request(action, fields as never).then(
      () => counts.add("requests", action),
      (error) => failed(action, error),
    );
    await Promise.race([asked, delay(patienceMs, undefined, { ref: false })]);
  }

  /** A message of one's own becomes another text, or none. */
  async function change(action: "edit" | "delete"): Promise<void> {
    if (stored.length === 0) return;
    const { room, seq } = random.pick(stored.slice(-recent));
    const text = { text: textOf(`${device} edit ${++edits}`, random), cid: `${device}-e${edits}` };
    await ask(action, { room, seq, ...(action === "edit" && text) });
  }

  async function react(room: string): Promise<void> {
    const seqs = followed.messagesIn(room).slice(-recent);
    if (seqs.length === 0) return;
    const one = { seq: random.pick(seqs), emoji: random.pick(emoji), on: random.chance(0.7) };
    await ask("react", { room, ...one });
  }

  async function read(room: string): Promise<void> {
    const seq = followed.cursor(room);
    if (seq > 0) await ask("read", { room, seq });
  }

  async function join(room: string): Promise<void> {
    const joined = client.request("join", { room }).then(
      ({ seq }) => followed.follow(room, seq),
      (error) => failed("join", error),
    );
    await Promise.race([joined, delay(patienceMs, undefined, { ref: false })]);
  }

  async function found(room: string): Promise<void> {
    come();
    // Where the answer to it was lost it is there already, and perhaps not heard yet.
    await decided(client, "create", { visibility: "public", room });
    await decided(client, "join", { room });
    followed.follow(room, 0);
  }

  async function lead({ room, users }: NonNullable<DeviceOptions["leads"]>): Promise<void> {
    const { action, ...fields } = leadingFrame(room, { user, users, random, showsPast: true });
    await ask(action as Parameters<ChatClient["request"]>[0], fields);
  }

  async function beAway(strength: number): Promise<void> {
    line.isOnline = false;
    if (line.cut()) counts.add("clients", "away");
    const known = followed.rooms;
    for (let written = random.below(3); written > 0 && known.length > 0; written -= 1) {
      void send(random.pick(known));
    }
    await delay(strength * awayMsMax, undefined, { ref: false });
    come();
  }

  function come(): void {
    line.isOnline = true;
    client.connect();
  }

  /** Not everybody at once, at least not on the first day. */
  async function arrive(): Promise<void> {
    const connected = new Promise<void>((resolve) => {
      const stop = client.on("status", ({ status }) => {
        if (status !== "live") return;
        stop();
        resolve();
      });
    });
    come();
    await Promise.race([connected, delay(arrivalMs, undefined, { ref: false })]);
  }

  async function act(): Promise<void> {
    if (leads && random.chance(leadingShare)) return lead(leads);
    // A message there is work for many functions.
    const isAvoided = random.chance(0.85) ? largeRoom : "";
    const known = followed.rooms.filter(
      (room) => directUsers(room) === undefined && room !== isAvoided,
    );
    const isNew = random.chance(0.3) || known.length === 0;
    const room = isNew ? random.pick(rooms) : random.pick(known);
    const dice = random.next();
    if (known.length === 0 || dice < 0.02) return join(room);
    if (dice < 0.74) return send(random.pick(known));
    if (dice < 0.87) return send(directRoom(user, random.pick(friends)));
    if (dice < 0.89) return ask("history", { room, limit: 1 + random.below(20) });
    if (dice < 0.92) return read(random.pick(known));
    if (dice < 0.93) return ask("who", { room });
    if (dice < 0.94) return ask("typing", { room, on: true });
    if (dice < 0.945) return ask("leave", { room });
    if (dice < 0.95) return ask("ping", {});
    if (dice < 0.965) return change("edit");
    if (dice < 0.97) return change("delete");
    if (dice < 0.99) return react(random.pick(known));
    return send(random.pick(known));
  }

  async function befall({ kind, strength }: Fault<ClientFault>): Promise<void> {
    switch (kind) {
      case "sentAgain":
        if (line.sendAgain(Math.floor(strength * 4))) counts.add("clients", kind);
        return;
      case "vanished":
        if (line.cut()) counts.add("clients", kind);
        return;
      case "stoppedReading":
        // Whatever stood still so far has been noticed by its gateway by now.
        line.dropDead();
        if (line.stopReading()) counts.add("clients", kind);
        return;
      case "away":
        return beAway(strength);
    }
  }

  return {
    user,
    name: device,
    line,
    client,
    followings: followed,
    stored,
    get pending() {
      return pending;
    },
    found,
    async live(isOver) {
      await turns.take(arrive);
      while (!isOver()) {
        // A fault that could hit nothing would be spent, and short runs would wait for it again.
        const canHave = (kind: ClientFault) =>
          line.isOpen && (kind !== "sentAgain" || messages > 0);
        const fault = plan.next(canHave);
        if (fault) await befall(fault);
        await turns.take(act);
        await delay(random.below(30), undefined, { ref: false });
      }
      come();
    },
    come,
  };
}
