/**
 * Whether a deployed service does what it is for, seen from outside: a step for each part that a
 * deployment can break. A step fails for good only when what it waits for did not come in a time
 * that is many times the usual one; a push that a busy service skipped is asked for once more.
 */
import { randomUUID } from "node:crypto";
import { mapInFlight } from "../../lib/concurrency.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { type Frame, handshakeStatus, type SmokeSocket, smokeSocket } from "./smokeSocket.ts";

export interface SmokeTarget {
  /** Of the HTTP API. It says where the WebSocket API is. */
  httpUrl: string;
  /** A token of each of so many users. */
  tokens(users: number): Promise<string[]>;
  /** Whether there are tokens for a room that more than one function delivers to. */
  hasManyUsers: boolean;
}

export interface Step {
  name: string;
  /** Says what it saw. @throws Error saying what is wrong */
  run(): Promise<string>;
}

/** One more than a sender's own function posts to. */
const largeRoomConnections = limits.directConnections + 1;
const usersOfLargeRoom = Math.ceil(largeRoomConnections / limits.connectionsPerUser);
const connectsInFlight = 20;
const pushMs = 20_000;
const pushAttempts = 3;
const syncEvents = 100;

export function smokeSteps(target: SmokeTarget): Step[] {
  const at = (path: string) => new URL(path, `${target.httpUrl.replace(/\/+$/, "")}/`).href;
  const steps: Step[] = [
    { name: "health", run: () => health(at("health")) },
    { name: "preflight", run: () => preflight(at("gateway")) },
    { name: "refused handshake", run: () => refusedHandshake(target, at("gateway")) },
    { name: "delivery", run: () => delivery(target, at) },
  ];
  if (!target.hasManyUsers) return steps;
  return [...steps, { name: "large room", run: () => largeRoom(target, at("gateway")) }];
}

async function health(url: string): Promise<string> {
  const { status } = await fetch(url);
  if (status !== 200) throw new Error(`GET /health answers ${status}`);
  return "answers 200";
}

async function preflight(url: string): Promise<string> {
  const { status, headers } = await fetch(url, {
    method: "OPTIONS",
    headers: {
      origin: "https://smoke.example",
      "access-control-request-method": "GET",
      "access-control-request-headers": "authorization",
    },
  });
  const allowed = headers.get("access-control-allow-headers")?.toLowerCase() ?? "";
  if (status >= 300 || !/authorization|\*/.test(allowed)) {
    throw new Error(`a browser's preflight is answered ${status}, allowing "${allowed}"`);
  }
  return `answers ${status}`;
}

async function refusedHandshake(target: SmokeTarget, gatewayUrl: string): Promise<string> {
  const [token = ""] = await target.tokens(1);
  const status = await handshakeStatus(await socketUrl(gatewayUrl, token));
  if (status === undefined) throw new Error("a socket without a token is let in");
  if (status !== 401) throw new Error(`a handshake without a token is answered ${status}`);
  return "answers 401 without a token";
}

async function delivery(target: SmokeTarget, at: (path: string) => string): Promise<string> {
  const [first = "", second = ""] = await target.tokens(2);
  const url = await socketUrl(at("gateway"), first);
  const sockets = await Promise.all([smokeSocket(url, first), smokeSocket(url, second)]);
  const [a, b] = sockets;
  try {
    const room = `smoke-${randomUUID()}`;
    for (const socket of sockets) await socket.ask({ action: "join", room });
    const { seq } = await delivered(a, [b], room, 1);
    const read = await fetch(at(`rooms/${room}/events`), {
      headers: { authorization: `Bearer ${second}` },
    });
    const { events = [] } = (await read.json()) as { events?: { seq: number }[] };
    if (!events.some((event) => event.seq === seq)) throw new Error("GET …/events lacks a message");
    for (const socket of sockets) await socket.ask({ action: "leave", room });
    return "a message reached a second socket, and is in the log over HTTP";
  } finally {
    for (const socket of sockets) socket.close();
  }
}

async function largeRoom(target: SmokeTarget, gatewayUrl: string): Promise<string> {
  const tokens = await target.tokens(usersOfLargeRoom);
  const url = await socketUrl(gatewayUrl, tokens[0] ?? "");
  const sockets: SmokeSocket[] = [];
  try {
    const room = `smoke-${randomUUID()}`;
    const all = Array.from({ length: largeRoomConnections }, (_, index) => index);
    await mapInFlight(all, connectsInFlight, async (index) => {
      const socket = await smokeSocket(url, tokens[index % tokens.length] ?? "");
      sockets.push(socket);
      await socket.ask({ action: "join", room });
    });
    const [sender, ...others] = sockets;
    if (sender === undefined) throw new Error("nobody is connected");
    // The first message shows the service how large the room is; the stream delivers the next.
    await sender.ask({ action: "send", room, text: "smoke", cid: randomUUID() });
    const { pushed, synced } = await delivered(sender, others, room, 1);
    return `a message reached ${pushed} sockets by push and ${synced} by sync`;
  } finally {
    for (const socket of sockets) socket.close();
  }
}

interface Delivered {
  seq: number;
  pushed: number;
  /** Those that the service skipped, and that found the message in the log. */
  synced: number;
}

/** Send until the message is pushed to so many; then all have it by push or by sync. */
async function delivered(
  sender: SmokeSocket,
  others: readonly SmokeSocket[],
  room: string,
  pushesMin: number,
): Promise<Delivered> {
  for (let attempt = 0; attempt < pushAttempts; attempt += 1) {
    const { seq } = await sender.ask({ action: "send", room, text: "smoke", cid: randomUUID() });
    const isPush = (frame: Frame) => frame["room"] === room && holds(frame, Number(seq));
    const found = await Promise.all(others.map((socket) => socket.wait(isPush, pushMs)));
    const missed = others.filter((_, index) => found[index] === undefined);
    if (others.length - missed.length < pushesMin) continue;
    const after = Math.max(0, Number(seq) - syncEvents);
    await mapInFlight(missed, connectsInFlight, async (socket) => {
      const synced = await socket.ask({ action: "sync", rooms: { [room]: after } });
      const rooms = (synced["rooms"] ?? []) as Frame[];
      if (!rooms.some((one) => holds(one, Number(seq)))) throw new Error("sync lacks a message");
    });
    const pushed = others.length - missed.length;
    return { seq: Number(seq), pushed, synced: missed.length };
  }
  throw new Error(`${pushAttempts} messages in turn were pushed to nobody within ${pushMs} ms`);
}

function holds(frame: Frame, seq: number): boolean {
  const events = (frame["events"] ?? []) as { seq: number }[];
  return events.some((event) => event.seq === seq);
}

/** As a client finds it. */
async function socketUrl(gatewayUrl: string, token: string): Promise<string> {
  const answer = await fetch(gatewayUrl, { headers: { authorization: `Bearer ${token}` } });
  const { url } = (await answer.json()) as { url?: string };
  if (url === undefined) throw new Error(`GET /gateway answers ${answer.status}, without a url`);
  return url;
}
