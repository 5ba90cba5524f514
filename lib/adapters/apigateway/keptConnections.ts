/**
 * Kept-alive sockets to one gateway. Opening one over TLS takes the CPU of some dozens of posts,
 * and a function that was just woken has none open. So when many posts begin at once, a few sockets
 * open at a time, and a waiting request takes the first free one: a small room is done before many
 * sockets are open. When that takes long, because the gateway is slow or far away, every waiting
 * request gets a socket of its own.
 *
 * A Lambda is frozen between invocations, for minutes. Meanwhile the gateway may close a socket,
 * which would fail the next request at once; or a router may forget it, which would keep the
 * request waiting until its deadline. So a socket that rested too long is not used again. A timer
 * closes a socket that rests while others work. Timers do not run in a frozen function, so the next
 * request compares the clock and closes the sockets that rested meanwhile.
 */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";

/**
 * Below the minute after which load balancers close an idle connection. A gateway that announces a
 * shorter time is believed.
 */
const restMsMax = 30_000;
/** Sockets that are opened at once, and how long that may keep somebody waiting. */
const openingMax = 4;
const patienceMs = 200;

export interface SocketPool {
  /** Calls `begin` when there is a socket for it, or one may be opened; it may take a while. */
  whenFree(begin: (agent: HttpAgent) => void): void;
  /** To be called once for every `begin`, when its request has ended. */
  release(): void;
}

export function keptAliveSockets(isTls: boolean, socketsMax: number): SocketPool {
  const waiting: ((agent: HttpAgent) => void)[] = [];
  let pool = openPool();
  let inUse = 0;
  let usedAtMs = Date.now();
  let isHurried = false;
  let patience: NodeJS.Timeout | undefined;

  const advance = () => {
    const mayUse = () => (isHurried ? socketsMax : Math.min(socketsMax, pool.open + openingMax));
    while (waiting.length > 0 && inUse < mayUse()) {
      inUse += 1;
      waiting.shift()?.(pool.agent);
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

  function openPool() {
    const options = { keepAlive: true, maxSockets: socketsMax, timeout: restMsMax };
    const agent = isTls ? new HttpsAgent(options) : new HttpAgent(options);
    const made = { agent, open: 0 };
    const connect = agent.createConnection.bind(agent);
    agent.createConnection = (how, callback) => {
      const socket = connect(how, callback);
      socket?.once(isTls ? "secureConnect" : "connect", () => {
        made.open += 1;
        socket.once("close", () => {
          made.open -= 1;
        });
        advance();
      });
      return socket;
    };
    return made;
  }

  return {
    whenFree(begin) {
      const nowMs = Date.now();
      if (nowMs - usedAtMs > restMsMax) {
        pool.agent.destroy();
        pool = openPool();
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
  };
}
