/**
 * A client whose sockets the test answers by hand, with a clock that the test moves and chance that
 * always falls in the middle: half of every wait.
 */
import { ChatClient } from "../../client/chatClient.ts";
import type { Room } from "../../client/room.ts";
import type { Address } from "../../client/socket.ts";
import { logEvent } from "../support/fixtures.ts";
import { type FakeClock, fakeClock, idle } from "./fakeClock.ts";
import { type FakeSockets, fakeSockets } from "./fakeSocket.ts";

type Frame = Readonly<Record<string, unknown>>;

export interface Scripted {
  client: ChatClient;
  clock: FakeClock;
  sockets: FakeSockets;
  /** What the client told of, oldest first. */
  told: [event: string, value: unknown][];
  /** The last request of an action on the newest socket. */
  asked(action: string): Frame;
  /** All requests of an action on the newest socket. */
  allAsked(action: string): Frame[];
  /** Let a frame come in, with the id of the request that it answers. */
  answer(request: Frame, frame: Frame): Promise<void>;
  receive(frame: unknown): Promise<void>;
  /** Open the newest socket and answer its hello. */
  welcome(changes?: Frame): Promise<void>;
}

export function scripted({
  clock = fakeClock(),
  ...options
}: Partial<Address> & { clock?: FakeClock } = {}): Scripted {
  const sockets = fakeSockets();
  const told: Scripted["told"] = [];
  let cids = 0;
  const client = new ChatClient({
    url: "wss://chat.example/dev",
    token: () => "token-1",
    WebSocket: sockets.WebSocket,
    clock,
    random: () => 0.5,
    newCid: () => `my-${++cids}`,
    ...options,
  });
  const events = ["status", "presence", "joined", "left", "room", "focused", "problem"] as const;
  for (const event of events) {
    client.on(event, (value) => told.push([event, value]));
  }
  const allAsked = (action: string) =>
    sockets.last().sent.filter((request) => request["action"] === action);
  const here: Scripted = {
    client,
    clock,
    sockets,
    told,
    allAsked,
    asked(action) {
      const request = allAsked(action).at(-1);
      if (request === undefined) throw new Error(`no ${action} has been sent`);
      return request;
    },
    answer: (request, frame) => here.receive({ ...frame, id: request["id"] }),
    async receive(frame) {
      sockets.last().receive(frame);
      await idle();
    },
    async welcome(changes = {}) {
      sockets.last().open();
      await idle();
      await here.answer(here.asked("hello"), {
        type: "welcome",
        user: "alice",
        rooms: [],
        more: false,
        ...changes,
      });
    },
  };
  return here;
}

/** Connected, with nothing followed. */
export async function connected(options: Partial<Address> = {}): Promise<Scripted> {
  const here = scripted(options);
  here.client.connect();
  await idle();
  await here.welcome();
  return here;
}

/** Become a member of a room, and follow it from there. */
export async function joined(client: ChatClient, name: string): Promise<Room> {
  const { seq, tag } = await client.request("join", { room: name });
  return client.follow(name, { after: seq, tag });
}

/** Connected, following `general` from a position, synced, and keeping what it hands out. */
export async function following(after = 0) {
  const here = await connected();
  const room = here.client.follow("general", { after });
  const applied: string[] = [];
  room.subscribe(({ seq, text }) => applied.push(`${seq} ${text}`));
  await idle();
  await here.answer(here.asked("sync"), synced(after));
  return { ...here, room, applied };
}

/** A reply to a sync of `general` that brought these events and so reached the head. */
export function synced(seq: number, events: readonly object[] = [], complete = true) {
  return inRoom({ events, seq, n: seq, complete });
}

/** A reply to a sync of `general` that refuses it. */
export function syncRefused(code: string, changes: Frame = {}) {
  const { type: _, ...error } = refusal(code, changes);
  return inRoom({ error });
}

function inRoom(content: object) {
  return { type: "sync", rooms: [{ room: "general", ...content }], later: [] };
}

/** A push of bob's messages at these positions. */
export function pushed(...seqs: number[]) {
  return { type: "events", room: "general", events: seqs.map(bobs) };
}
const bobs = (seq: number) => logEvent(seq, { from: "bob" });

export function refusal(code: string, changes: Frame = {}) {
  return {
    type: "error",
    code,
    message: "unable to do it; so it is",
    retryable: false,
    ...changes,
  };
}
