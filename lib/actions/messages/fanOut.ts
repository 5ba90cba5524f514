/**
 * Deliver events that are in the log to rooms too large for their senders' functions.
 *
 * Events of one room that came together share frames. The number of shards is read after the events
 * were stored, so that nobody is in a shard that is not looked into (see subscribe). Every shard is
 * another function instance's work; a shard that runs out of time is resumed. What all this shows
 * of the room's size is written down last: killed anywhere, all of it is done again, and receivers
 * drop the positions that they have.
 *
 * Each room has a fair part of the time, so a slow one takes it from nobody. When a room fails,
 * Lambda brings its first event again and everything behind it, other rooms' events included. An
 * instance remembers which of those it delivered.
 */
import { mapInFlight } from "../../concurrency.ts";
import type { ShardJob, ShardOutcome } from "../../model.ts";
import type { Clock, FanOutLog, Measure, Report, Rooms, Workers } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import type { LogEvent } from "../../protocol/serverFrames.ts";
import { roomTopic, shardsWanted } from "../../pubsub/topics.ts";
import type { Sharding } from "../../subscriptionPorts.ts";
import { withNow } from "./present.ts";

/** By room, the positions that were delivered out of a batch that Lambda brings again in part. */
export type Delivered = Map<string, ReadonlySet<number>>;

export interface FanOutPorts {
  sharding: Sharding;
  log: FanOutLog;
  rooms: Pick<Rooms, "find">;
  workers: Workers;
  clock: Clock;
  report: Report;
  measure: Measure;
  /** Kept by a function instance: best effort, since delivering again is harmless. */
  delivered: Delivered;
}

/** An event that the stream brought, as it was then. */
export interface Appended {
  room: string;
  event: LogEvent;
}

/** Rooms that are delivered to at once: those of one batch wait for the slowest one only. */
const roomsInFlight = 16;

/** Deliver the events of each room; the rooms where that failed, at least in part. */
export async function fanOut(
  appended: readonly Appended[],
  deadlineMs: number,
  ports: FanOutPorts,
): Promise<Set<string>> {
  const { clock, delivered } = ports;
  const rooms = byRoom(appended.filter(({ room, event }) => !delivered.get(room)?.has(event.seq)));
  const failed = new Set<string>();
  let firstError: unknown;
  let waiting = rooms.size;
  await mapInFlight([...rooms], roomsInFlight, async ([room, events]) => {
    const nowMs = clock.nowMs();
    const endMs = nowMs + (deadlineMs - nowMs) / Math.ceil(waiting / roomsInFlight);
    waiting -= 1;
    const measureAges = (name: "fanOutLagMs" | "deliveryMs") => {
      const laterMs = clock.nowMs();
      for (const { sentAtMs } of events.values()) ports.measure(name, laterMs - sentAtMs);
    };
    measureAges("fanOutLagMs");
    try {
      const sorted = [...events.values()].sort((a, b) => a.seq - b.seq);
      await fanOutRoom(room, sorted, endMs, ports);
      measureAges("deliveryMs");
    } catch (error) {
      firstError ??= error;
      failed.add(room);
    }
  });
  if (failed.size > 0) {
    delivered.clear();
    for (const [room, events] of byRoom(appended)) {
      if (!failed.has(room)) delivered.set(room, new Set(events.keys()));
    }
    ports.report("fan-out failed", { rooms: [...failed], error: firstError });
  }
  return failed;
}

/** The events of each room by position: a batch may bring one twice. */
function byRoom(appended: readonly Appended[]): Map<string, Map<number, LogEvent>> {
  const rooms = new Map<string, Map<number, LogEvent>>();
  for (const { room, event } of appended) {
    rooms.set(room, (rooms.get(room) ?? new Map()).set(event.seq, event));
  }
  return rooms;
}

async function fanOutRoom(
  room: string,
  events: LogEvent[],
  endMs: number,
  ports: FanOutPorts,
): Promise<void> {
  const topic = roomTopic(room);
  const shards = await ports.sharding.shardsOf(topic);
  const all = Array.from({ length: shards }, (_, shard) => shard);
  const isChange = events.some(({ kind }) => kind === "changed");
  const hidesPast = isChange && (await ports.rooms.find(room)).hidesPast;
  const shown = () => eventsNow(room, events, hidesPast === true, ports);
  const failedOnce: unknown[] = [];
  const connections = await mapInFlight(all, limits.shardsInFlight, (shard) =>
    deliverWhole({ room, shard, shown }, endMs, ports, failedOnce),
  ).finally(() => {
    if (failedOnce.length === 0) return;
    ports.report("shards failed once", { room, shards: failedOnce.length, error: failedOnce[0] });
  });

  const wanted = Math.max(...all.map((s) => shardsWanted(shards, s, connections[s] ?? 0)));
  if (wanted > shards) await ports.sharding.split(topic, wanted);
  const total = connections.reduce((sum, count) => sum + count, 0);
  // Well below what made the room a large one, or it would go back and forth.
  const isSmall = total < limits.directConnections / 2 && shards <= limits.shardsReadAtOnce;
  if (isSmall) await ports.log.setDelivery(room, "direct");
}

/**
 * The events as they are when they are posted. The stream's copies are older: one of them may have
 * been deleted since.
 */
async function eventsNow(
  room: string,
  events: readonly LogEvent[],
  hidesPast: boolean,
  { log }: FanOutPorts,
): Promise<LogEvent[]> {
  const found = await log.findAll(
    room,
    events.map(({ seq }) => seq),
  );
  return hidesPast ? found : withNow(log, room, found);
}

interface ShardWork extends Pick<ShardJob, "room" | "shard"> {
  shown: () => Promise<LogEvent[]>;
}

/** Deliver to all of a shard, in as many invocations as it takes; its connections. */
async function deliverWhole(
  { shown, ...job }: ShardWork,
  endMs: number,
  ports: FanOutPorts,
  failedOnce: unknown[],
): Promise<number> {
  let connections = 0;
  let after: string | undefined;
  const deliverOn = async () => {
    const events = await shown();
    const leftMs = endMs - ports.clock.nowMs();
    if (leftMs <= 0) {
      throw new Error(`out of time behind ${connections} connections of shard ${job.shard}`);
    }
    const withinMs = Math.min(limits.deliverMs, leftMs);
    const from = after !== undefined && { after };
    return ports.workers.deliver({ ...job, events, withinMs, ...from });
  };
  do {
    let outcome: ShardOutcome;
    try {
      outcome = await deliverOn();
    } catch (error) {
      if (ports.clock.nowMs() >= endMs) throw error;
      failedOnce.push(error); // once more: else all other shards would be delivered to again
      outcome = await deliverOn();
    }
    connections += outcome.connections;
    after = outcome.stoppedBehind;
  } while (after !== undefined);
  return connections;
}
