/**
 * Kept-alive sockets to one server. Opening one over TLS takes the CPU of some dozens of posts,
 * and a function that was just woken has none open. So when many posts begin at once, a few sockets
 * open at a time, and a waiting request takes the first free one: a small room is done before many
 * sockets are open. When that takes long, because the server is slow or far away, every waiting
 * request gets a socket of its own.
 *
 * A Lambda is frozen between invocations, for minutes. Meanwhile the server may close a socket,
 * which would fail the next request at once; or a router may forget it, which would keep the
 * request waiting until its deadline. So a socket that rested too long is not used again. A timer
 * closes a socket that rests while others work. Timers do not run in a frozen function, so the next
 * request compares the clock and closes the sockets that rested meanwhile.
 */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Socket } from "node:net";

/**
 * Below the minute after which load balancers close an idle connection. A server that announces a
 * shorter time is believed.
 */
const restMsMax = 30_000;
/** Sockets that are opened at once, and how long that may keep somebody waiting. */
const openingMax = 4;
const patienceMs = 200;

export interface PoolOptions {
  socketsMax: number;
  /** How long a socket may take to be open; as long as its request may take, unless said. */
  connectMs?: number;
}

interface SocketPool {
  /** Calls `begin` when there is a socket for it, or one may be opened; it may take a while. */
  whenFree(begin: (agent: HttpAgent) => void): void;
  /** To be called once for every `begin`, when its request has ended. */
  release(): void;
  /** Closes all sockets. What is under way fails. */
  close(): void;
}

export function keptAliveSockets(
  isTls: boolean,
  { socketsMax, connectMs }: PoolOptions,
): SocketPool {
  const waiting: ((agent: HttpAgent) => void)[] = [];
  const agent = keepingAgent();
  let open = 0;
  let inUse = 0;
  let usedAtMs = Date.now();
  let isHurried = false;
  let patience: NodeJS.Timeout | undefined;

  const advance = () => {
    const mayUse = () => (isHurried ? socketsMax : Math.min(socketsMax, open + openingMax));
    while (waiting.length > 0 && inUse < mayUse()) {
      inUse += 1;
      waiting.shift()?.(agent);
    }
    if (waiting.length > 0) {
      patience ??= setTimeout(hurry, patienceMs);
    } else {
      clearTimeout(patience);
      patience = undefined;
      isHurried = false;
    }
  };
  const hurry = () => {
    isHurried = true;
    advance();
  };

  function keepingAgent(): HttpAgent {
    const options = { keepAlive: true, maxSockets: socketsMax, timeout: restMsMax };
    const made = isTls ? new HttpsAgent(options) : new HttpAgent(options);
    const connect = made.createConnection.bind(made);
    made.createConnection = (how, callback) => {
      const socket = connect(how, callback);
      if (socket != null) watch(socket as Socket);
      return socket;
    };
    return made;
  }

  function watch(socket: Socket): void {
    const timer =
      connectMs === undefined
        ? undefined
        : setTimeout(() => {
            socket.destroy(timeoutError(`no connection within ${connectMs} ms`));
          }, connectMs);
    const stop = () => clearTimeout(timer);
    socket.once("connect", stop).once("close", stop);
    socket.once(isTls ? "secureConnect" : "connect", () => {
      open += 1;
      socket.once("close", () => {
        open -= 1;
      });
      advance();
    });
  }

  return {
    whenFree(begin) {
      const nowMs = Date.now();
      if (nowMs - usedAtMs > restMsMax) {
        for (const resting of Object.values(agent.freeSockets).flat()) resting?.destroy();
      }
      usedAtMs = nowMs;
      waiting.push(begin);
      advance();
    },
    release() {
      inUse -= 1;
      // The agent gets the socket back only after it has told that the request is over.
      if (waiting.length > 0) queueMicrotask(advance);
    },
    close: () => agent.destroy(),
  };
}

/** As the SDK calls it, which then tries again. */
export function timeoutError(message: string): Error {
  return Object.assign(new Error(message), { name: "TimeoutError", code: "ETIMEDOUT" });
}
