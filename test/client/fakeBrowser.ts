/**
 * A browser with as much of Web Locks and BroadcastChannel as tabs use. The test kills tabs, and
 * lets them stand still: then no timer, message or lock gets to them until they go on.
 */

import type { Socket, SocketConstructor } from "../../client/socket.ts";
import type { Channel, Locks, TabPorts } from "../../client/tabPorts.ts";
import { type FakeClock, fakeClock } from "./fakeClock.ts";

export interface FakeTab extends Required<Omit<TabPorts, "WebSocket">> {
  /** Sockets that are heard only while it goes on, and end with it. */
  socketsOf(WebSocket: SocketConstructor): SocketConstructor;
  /** It ends without a word; the browser gives up its locks. */
  kill(): void;
  /** It stands still. Told of it or not, it keeps its locks. */
  freeze(how?: { isTold: boolean }): void;
  goOn(): void;
}

export interface FakeBrowser {
  clock: FakeClock;
  tab(): FakeTab;
  /** Names of locks that are held, and of channels that are open. */
  inUse(): string[];
}

interface Wanted {
  tab: Life;
  isShared: boolean;
  grant(): void;
  /** It was taken away. */
  steal(): void;
}

interface Life {
  isDead: boolean;
  isFrozen: boolean;
  due: (() => void)[];
}

export function fakeBrowser(clock = fakeClock()): FakeBrowser {
  const held = new Map<string, Set<Wanted>>();
  const queued = new Map<string, Set<Wanted>>();
  const channels = new Map<string, Map<Channel, Life>>();
  const listOf = <V>(map: Map<string, Set<V>>, name: string) => {
    const list = map.get(name) ?? new Set();
    map.set(name, list);
    return list;
  };
  /** Now, or when the tab goes on. */
  const run = (life: Life, call: () => void) => {
    if (life.isDead) return;
    if (life.isFrozen) life.due.push(call);
    else call();
  };
  const grant = (name: string) => {
    for (const wanted of [...listOf(queued, name)]) {
      const holders = [...listOf(held, name)];
      const isFree = holders.every((one) => one.isShared && wanted.isShared);
      if (!isFree) return;
      listOf(queued, name).delete(wanted);
      listOf(held, name).add(wanted);
      wanted.grant();
    }
  };
  const release = (name: string, wanted: Wanted) => {
    listOf(held, name).delete(wanted);
    listOf(queued, name).delete(wanted);
    grant(name);
  };

  const locksOf = (life: Life): Locks => ({
    request: (name, { mode, steal, signal }, granted) =>
      new Promise((resolve, reject) => {
        const aborted = () => reject(new DOMException("so it is", "AbortError"));
        const wanted: Wanted = {
          tab: life,
          isShared: mode === "shared",
          steal: () => run(life, aborted),
          grant: () =>
            queueMicrotask(() =>
              run(life, () => {
                const done = async () => resolve(await granted());
                void done().finally(() => release(name, wanted));
              }),
            ),
        };
        signal?.addEventListener("abort", () => {
          if (!listOf(queued, name).delete(wanted)) return;
          aborted();
          grant(name);
        });
        if (steal) {
          for (const holder of listOf(held, name)) holder.steal();
          held.set(name, new Set([wanted]));
          wanted.grant();
          return;
        }
        listOf(queued, name).add(wanted);
        grant(name);
      }),
  });

  const channelOf = (life: Life) =>
    function FakeChannel(name: string): Channel {
      const all = channels.get(name) ?? new Map<Channel, Life>();
      channels.set(name, all);
      const channel: Channel = {
        onmessage: null,
        postMessage(message) {
          if (life.isDead) return;
          if (!all.has(channel)) throw new DOMException("it is closed", "InvalidStateError");
          const text = JSON.stringify(message);
          for (const [other, to] of all) {
            if (other === channel) continue;
            const deliver = () => other.onmessage?.({ data: JSON.parse(text) as never });
            queueMicrotask(() => run(to, () => all.has(other) && deliver()));
          }
        },
        close: () => void all.delete(channel),
      };
      all.set(channel, life);
      return channel;
    } as unknown as NonNullable<TabPorts["BroadcastChannel"]>;

  let ids = 0;
  return {
    clock,
    tab() {
      const life: Life = { isDead: false, isFrozen: false, due: [] };
      const freezes = new Set<() => void>();
      const sockets: Socket[] = [];
      return {
        clock: {
          nowMs: clock.nowMs,
          after: (ms, call) => {
            let isOff = false;
            const cancel = clock.after(ms, () => run(life, () => isOff || call()));
            return () => {
              isOff = true;
              cancel();
            };
          },
        },
        newId: () => `tab-${++ids}`,
        socketsOf: (WebSocket) =>
          function HeldSocket(url: string, protocols?: string[]) {
            const socket = new WebSocket(url, protocols);
            sockets.push(socket);
            const addEventListener = (type: "message", call: (event: { data: unknown }) => void) =>
              socket.addEventListener(type, (event) => run(life, () => call(event)));
            const send = (data: string) => void (life.isDead || socket.send(data));
            return { addEventListener, send, close: () => socket.close() };
          } as unknown as SocketConstructor,
        locks: locksOf(life),
        BroadcastChannel: channelOf(life),
        onFreeze(call) {
          freezes.add(call);
          return () => void freezes.delete(call);
        },
        kill() {
          life.isDead = true;
          for (const socket of sockets) socket.close();
          for (const all of channels.values()) {
            for (const [channel, of] of all) if (of === life) all.delete(channel);
          }
          for (const map of [held, queued]) {
            for (const [name, list] of map) {
              for (const one of list) if (one.tab === life) release(name, one);
            }
          }
        },
        freeze({ isTold } = { isTold: false }) {
          if (isTold) for (const call of freezes) call();
          life.isFrozen = true;
        },
        goOn() {
          life.isFrozen = false;
          for (const call of life.due.splice(0)) run(life, call);
        },
      };
    },
    inUse: () => [
      ...[...held].flatMap(([name, list]) => (list.size > 0 ? [`lock ${name}`] : [])),
      ...[...channels].flatMap(([name, all]) => (all.size > 0 ? [`channel ${name}`] : [])),
    ],
  };
}
