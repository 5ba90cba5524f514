/** A chat whose sockets the test answers by hand, as `scripted` does for the layer below it. */
import { type Chat, type ChatOptions, createChat, type MessageEvent } from "../../client/index.ts";
import { logEvent, tagAt } from "../support/fixtures.ts";
import { type FakeClock, fakeClock, idle } from "./fakeClock.ts";
import { type FakeSockets, fakeSockets } from "./fakeSocket.ts";

type Frame = Readonly<Record<string, unknown>>;

export interface Shown {
  chat: Chat;
  clock: FakeClock;
  sockets: FakeSockets;
  /** How often an action has been asked for on the newest socket. */
  count(action: string): number;
  receive(frame: Frame): Promise<void>;
  /** Answer the last request of an action on the newest socket. */
  answer(action: string, frame: Frame): Promise<void>;
  /** Open the newest socket and answer its hello. */
  welcome(rooms?: readonly object[]): Promise<void>;
  /** Let an event of `general` come in. */
  said(seq: number, changes?: Partial<MessageEvent>): Promise<void>;
  /** Lose the connection and have the next one welcomed. */
  comeBack(rooms?: readonly object[]): Promise<void>;
}

export function shown({
  clock = fakeClock(),
  ...options
}: Omit<Partial<ChatOptions>, "clock"> & { clock?: FakeClock } = {}): Shown {
  const sockets = fakeSockets();
  let cids = 0;
  const chat = createChat({
    url: "wss://chat.example/dev",
    token: () => "token-1",
    WebSocket: sockets.WebSocket,
    clock,
    random: () => 0.5,
    newCid: () => `my-${++cids}`,
    ...options,
  });
  const asked = (action: string) =>
    sockets.last().sent.filter((request) => request["action"] === action);
  const here: Shown = {
    chat,
    clock,
    sockets,
    count: (action) => asked(action).length,
    async receive(frame) {
      sockets.last().receive(frame);
      await idle();
    },
    async answer(action, frame) {
      const request = asked(action).at(-1);
      if (request === undefined) throw new Error(`no ${action} has been sent`);
      await here.receive({ room: request["room"], ...frame, id: request["id"] });
    },
    async welcome(rooms = [general]) {
      await idle();
      sockets.last().open();
      await idle();
      const mine = { user: "alice", rooms, invitations: [] };
      await here.answer("hello", { type: "welcome", ...mine, more: false });
    },
    said: (seq, changes = {}) =>
      here.receive({ type: "events", room: "general", events: [event(seq, changes)] }),
    async comeBack(rooms) {
      sockets.last().drop();
      await clock.pass(60_000);
      await here.welcome(rooms);
    },
  };
  return here;
}

export const general = {
  room: "general",
  seq: 2,
  n: 2,
  tag: tagAt(2),
  readSeq: 1,
  unread: 1,
  mentions: 0,
};

/** Live, in `general`, which is not open. */
export async function live(options: Parameters<typeof shown>[0] = {}): Promise<Shown> {
  const here = shown(options);
  void here.chat.connect();
  await here.welcome();
  return here;
}

/** Live, with `general` open: two messages of Bob's. */
export async function open(options: Parameters<typeof shown>[0] = {}) {
  const here = await live(options);
  const room = here.chat.room("general");
  void room.open();
  await idle();
  await here.answer("history", { type: "history", events: [event(1), event(2)], more: false });
  await inStep(here, 2);
  return { ...here, room };
}

/** Live, with `general` open: one message, and the page before it on its way. */
export async function pagingBack(shownSeq: number) {
  const here = await live();
  const room = here.chat.room("general");
  void room.open();
  await idle();
  await here.answer("history", { type: "history", events: [event(shownSeq)], more: true });
  const older = room.older();
  await idle();
  return { here, room, older };
}

/** Answer the sync of `general`: nothing is new. */
export async function inStep(here: Shown, seq: number) {
  const synced = { room: "general", events: [], seq, n: seq, complete: true };
  await here.answer("sync", { type: "sync", rooms: [synced], later: [] });
}

/** An event of Bob's. */
export function event(seq: number, changes: Partial<MessageEvent> = {}): MessageEvent {
  return logEvent(seq, { from: "bob", name: "Bob", cid: `bob-${seq}`, ...changes });
}

/** The entry of a message of Bob's that has changed, with how it is now. */
export const changed = (seq: number, of: number, v: number, now?: object) => ({
  ...{ seq, n: 2, tag: tagAt(seq), prev: tagAt(seq - 1), from: "bob", cid: `x-${seq}` },
  ...{ kind: "changed", of, v, sentAtMs: seq, ...(now && { now: { ...event(of), v, ...now } }) },
});
