/** Wrong ways to deliver to large rooms: promises 4 and 10. */
import type { FanOutPorts } from "../../../lib/actions/messages/fanOut.ts";
import type { StoredEvent } from "../../../lib/model.ts";
import { largeAlone, largeTwice, outOfTime, splitWhileLarge } from "../cases/largeRooms.ts";
import { type Actions, realActions } from "../service.ts";
import { type Mutant, overSend, withActions } from "./mutant.ts";

function overFanOut(change: (ports: FanOutPorts) => Partial<FanOutPorts>) {
  const fanOut: Actions["fanOut"] = (appended, deadlineMs, ports) =>
    realActions.fanOut(appended, deadlineMs, { ...ports, ...change(ports) });
  return withActions({ fanOut });
}

export const fanOutMutants: readonly Mutant[] = [
  {
    what: "a fan-out that remembers how many shards a room had",
    promise: 4,
    small: splitWhileLarge,
    service: overFanOut(({ sharding }) => ({
      sharding: { ...sharding, shardsOf: async () => 1 },
    })),
  },
  {
    what: "a fan-out that does not go on where a delivery stopped",
    promise: 4,
    small: outOfTime,
    service: overFanOut(({ workers }) => ({
      workers: {
        deliver: async (job) => {
          const { connections } = await workers.deliver(job);
          return { connections };
        },
      },
    })),
  },
  {
    what: "a delivery of the first of the events that came together",
    promise: 4,
    small: largeTwice,
    service: withActions({
      deliverShard: (job, ports) =>
        realActions.deliverShard({ ...job, events: job.events.slice(0, 1) }, ports),
    }),
  },
  {
    what: "a send that leaves to the stream what comes after it, and does not hand itself over",
    promise: 4,
    small: largeTwice,
    service: overSend(() => ({ log: { handOver: async () => {} } })),
  },
  {
    what: "a fan-out that takes a worker which died for done",
    promise: 10,
    seenAs: 4,
    small: largeAlone,
    service: overFanOut(({ workers }) => ({
      workers: { deliver: (job) => workers.deliver(job).catch(() => ({ connections: 0 })) },
    })),
  },
  {
    what: "a retry that takes the stream to have been told, because the room is delivered to so",
    promise: 10,
    seenAs: 4,
    small: largeAlone,
    service: overSend(({ log }) => ({
      log: {
        tail: async (room, limit) => {
          const tail = await log.tail(room, limit);
          const told = (event: StoredEvent) => ({ ...event, delivery: "stream" as const });
          return tail.delivery === "stream" ? { ...tail, events: tail.events.map(told) } : tail;
        },
      },
    })),
  },
];
