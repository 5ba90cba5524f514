/**
 * The service's own actions behind fake sockets, and a network between the two that loses, doubles,
 * delays and breaks as `fate` says. A frame that is late is overtaken by others.
 */

import { ping } from "../../lib/actions/connections/ping.ts";
import { history } from "../../lib/actions/messages/history.ts";
import { send } from "../../lib/actions/messages/send.ts";
import { sync } from "../../lib/actions/messages/sync.ts";
import { hello } from "../../lib/actions/people/hello.ts";
import { join } from "../../lib/actions/rooms/join.ts";
import type { ConnectedCaller } from "../../lib/model.ts";
import { type Action, type ClientFrame, clientFrames } from "../../lib/protocol/clientFrames.ts";
import { errorFrame, frameOf, receive, withId } from "../../lib/protocol/envelope.ts";
import type { ServerFrame } from "../../lib/protocol/serverFrames.ts";
import { type World, world } from "../support/world.ts";
import type { FakeClock } from "./fakeClock.ts";
import { type FakeSocket, type FakeSockets, fakeSockets } from "./fakeSocket.ts";

/** What becomes of a frame: it arrives so many times, each so late; or the connection breaks. */
export type Fate = { delaysMs: number[] } | "breaks";

/** A frame that arrives so late, in milliseconds, or never, or ends its connection. */
type FrameFate = number | "lost" | "breaks";

/** The fates of frames, one after the other; behind the last one every frame takes 1 ms. */
export function fateOf(frames: readonly FrameFate[]): () => Fate {
  const fates = frames.values();
  return () => {
    const fate = fates.next().value ?? 1;
    if (fate === "breaks") return fate;
    return { delaysMs: fate === "lost" ? [] : [fate] };
  };
}

export interface MemoryService {
  here: World;
  /** Sockets for one user. */
  socketsOf(user: string): FakeSockets;
}

/** What becomes of what frames say on their way, for tests of what is noticed. */
interface Mangle {
  request(content: Record<string, unknown>): Record<string, unknown>;
  frame(frame: ServerFrame): object;
}
const whole: Mangle = { request: (content) => content, frame: (frame) => frame };

export function memoryService(
  clock: FakeClock,
  fate: () => Fate,
  mangle: Mangle = whole,
): MemoryService {
  const here = world();
  const open = new Map<string, FakeSocket>();
  let seenMs = 0;

  const breakOff = (connectionId: string, socket: FakeSocket) => {
    if (open.get(connectionId) !== socket) return;
    open.delete(connectionId);
    here.ports.sockets.answer(connectionId, "gone");
    socket.drop();
  };
  const travel = (connectionId: string, arrive: (socket: FakeSocket) => void) => {
    const socket = open.get(connectionId);
    if (socket === undefined) return;
    const what = fate();
    if (what === "breaks") clock.after(0, () => breakOff(connectionId, socket));
    else {
      for (const delayMs of what.delaysMs) {
        clock.after(delayMs, () => open.get(connectionId) === socket && arrive(socket));
      }
    }
  };
  const { post } = here.ports.sockets;
  here.ports.sockets.post = async (connection, bytes, ...rest) => {
    const result = await post(connection, bytes, ...rest);
    const frame: ServerFrame = JSON.parse(new TextDecoder().decode(bytes));
    const text = JSON.stringify(mangle.frame(frame));
    if (result === "delivered") travel(connection.connectionId, (to) => to.receive(text));
    return result;
  };

  const serve = async (caller: ConnectedCaller, text: string) => {
    here.pass(clock.nowMs() - seenMs);
    seenMs = clock.nowMs();
    const { id, content } = receive(text);
    const reply = (frame: ServerFrame) =>
      travel(caller.connection.connectionId, (to) => to.receive(mangle.frame(withId(frame, id))));
    try {
      const asked = mangle.request(content as Record<string, unknown>) as { action: string };
      reply(await perform(caller, asked, here));
    } catch (error) {
      reply(errorFrame(error, content, "r-1"));
    }
  };

  return {
    here,
    socketsOf(user) {
      const callers = new Map<FakeSocket, ConnectedCaller>();
      return fakeSockets({
        dialled: async (socket) => {
          const caller = await here.as(user);
          callers.set(socket, caller);
          open.set(caller.connection.connectionId, socket);
          clock.after(1, () => socket.open());
        },
        sent(socket, text) {
          const caller = callers.get(socket);
          if (caller) travel(caller.connection.connectionId, () => void serve(caller, text));
        },
        closed(socket) {
          const connectionId = callers.get(socket)?.connection.connectionId;
          if (connectionId !== undefined) breakOff(connectionId, socket);
        },
      });
    },
  };
}

async function perform(caller: ConnectedCaller, content: { action: string }, { ports }: World) {
  const as = <A extends Action>(action: A) =>
    frameOf(clientFrames, action, content) as ClientFrame<A>;
  switch (content.action) {
    case "hello":
      return await hello(as("hello"), caller, ports);
    case "history":
      return await history(as("history"), caller, ports);
    case "ping":
      return await ping(as("ping"), caller, ports);
    case "join":
      return await join(as("join"), caller, ports);
    case "sync":
      return sync(as("sync"), caller, ports);
    case "send": {
      const exceptConnection = caller.connection.connectionId;
      const options = { publishMs: 1_000, exceptConnection };
      return await send(as("send"), caller, ports, options);
    }
    default:
      throw new Error(`no ${content.action} here`);
  }
}
