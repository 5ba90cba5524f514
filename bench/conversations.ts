/**
 * Who talks in a latency bench: rooms of the running service, the naive design's room, and an echo,
 * each behind one function that sends a frame and waits for everybody to have it. All go through
 * the same code.
 *
 * Rooms are many where they are small, and members speak in turns: nobody writes 8 of a room's last
 * 10 messages, nor 50 a second on one connection, so that no limit of the service binds.
 */
import { developmentToken } from "../local/tokens.ts";
import type { Emulator } from "./emulator.ts";
import { openPeer, type Peer } from "./peer.ts";
import type { Scene } from "./stepRequests.ts";

/** How long until the sender had its ack, and until each of the others had the message. */
export interface Sent {
  ackMs: number;
  arrivalsMs: number[];
}
export type Send = () => Promise<Sent>;

const roomsOfTwo = 8;
const text = "x".repeat(100);

export async function echo({ websocketUrl }: Emulator): Promise<Send> {
  const peer = await openPeer(websocketUrl);
  return () => timed(peer, [], { action: "echo", text });
}

/** A room and those who are in it. */
export interface Circle {
  room: string;
  members: Peer[];
}

export async function circle(emulator: Emulator, count: number): Promise<Circle> {
  const room = nextName("room");
  const members: Peer[] = [];
  for (let m = 0; m < count; m += 1) members.push(await join(emulator, room));
  return { room, members };
}

/** In rooms of `recipients` + 1. */
export async function conversations(emulator: Emulator, recipients: number): Promise<Send> {
  const circles: Circle[] = [];
  for (let n = 0; n < (recipients === 1 ? roomsOfTwo : 1); n += 1) {
    circles.push(await circle(emulator, recipients + 1));
  }
  return async () => {
    const circle = circles.shift();
    if (circle === undefined) throw new Error("there is no room");
    circles.push(circle);
    return inTurn(circle.members, { action: "send", room: circle.room, text });
  };
}

/** In the one room that the naive design has, of `recipients` + 1. */
export async function naiveConversation(emulator: Emulator, recipients: number): Promise<Send> {
  const members: Peer[] = [];
  for (let m = 0; m <= recipients; m += 1) members.push(await openPeer(emulator.websocketUrl));
  return () => inTurn(members, { action: "send", text });
}

/** The member who spoke longest ago speaks. */
async function inTurn(members: Peer[], frame: object): Promise<Sent> {
  const sender = members.shift();
  if (sender === undefined) throw new Error("nobody is in the room");
  const sent = await timed(sender, members, frame);
  members.push(sender);
  return sent;
}

/** A room of two with a full tail, for requests that are made past the handlers. */
export async function scene(emulator: Emulator): Promise<Scene> {
  const room = nextName("room");
  const user = nextName("user");
  const peer = await join(emulator, room, user);
  const other = await join(emulator, room);
  for (let n = 0; n < 10; n += 1) {
    const [sender, recipient] = n % 2 === 0 ? [peer, other] : [other, peer];
    await timed(sender, [recipient], { action: "send", room, text });
  }
  const id = nextName("id");
  const welcome = peer.received(id);
  peer.send({ action: "hello", id });
  const { connectionId } = JSON.parse((await welcome).text);
  return { emulator, room, user, connectionId };
}

async function timed(sender: Peer, recipients: readonly Peer[], frame: object): Promise<Sent> {
  const cid = nextName("cid");
  const watched = [sender, ...recipients].map((peer) => peer.received(cid));
  const sentAt = performance.now();
  sender.send({ ...frame, cid });
  const [ackMs = 0, ...arrivalsMs] = (await Promise.all(watched)).map(({ at }) => at - sentAt);
  return { ackMs, arrivalsMs };
}

async function join(emulator: Emulator, room: string, user = nextName("user")): Promise<Peer> {
  const token = await developmentToken(user);
  const peer = await openPeer(`${emulator.websocketUrl}?token=${token}`);
  const id = nextName("id");
  const joined = peer.received(id);
  peer.send({ action: "join", room, id });
  await joined;
  return peer;
}

let names = 0;

/** All of one length, so that no name is part of another. */
export function nextName(kind: string): string {
  names += 1;
  return `${kind}-${String(names).padStart(6, "0")}`;
}
