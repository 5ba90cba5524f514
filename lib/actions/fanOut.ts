/**
 * Deliver events that are in the log to rooms too large for their senders' functions.
 *
 * Events of one room that came together share frames. The number of shards is read after the events
 * were stored, so that nobody is in a shard that is not looked into (see subscribe). Every shard is
 * another function instance's work; one that runs out of time is gone on with. What all this shows
 * of the room's size is written down last: killed anywhere, all of it is done again, and receivers
 * drop the positions that they have.
 */
import { mapInFlight } from "../concurrency.ts";
import type { ShardJob, ShardOutcome } from "../domain/model.ts";
import { roomTopic, shardsWanted } from "../domain/topics.ts";
import type { Clock, DeliveryWays, Report, Sharding, Workers } from "../ports.ts";
import { limits } from "../protocol/limits.ts";
import type { LogEvent } from "../protocol/serverFrames.ts";

export interface FanOutPorts {
  sharding: Sharding;
  log: DeliveryWays;
  workers: Workers;
  clock: Clock;
  report: Report;
}

/** Rooms that are delivered to at once: those of one batch wait for the slowest one only. */
const roomsInFlight = 16;

/** Deliver the events of each room; the rooms where that failed, at least in part. */
export async function fanOut(
  appended: readonly { room: string; event: LogEvent }[],
  deadlineMs: number,
  ports: FanOutPorts,
): Promise<Set<string>> {
  const rooms = new Map<string, Map<number, LogEvent>>();
  for (const { room, event } of appended) {
    rooms.set(room, (rooms.get(room) ?? new Map()).set(event.seq, event));
  }
  const failed = new Set<string>();
  await mapInFlight([...rooms], roomsInFlight, async ([room, events]) => {
    try {
      const sorted = [...events.values()].sort((a, b) => a.seq - b.seq);
      await fanOutRoom(room, sorted, deadlineMs, ports);
    } catch (error) {
      ports.report("fan-out failed", { room, error });
      failed.add(room);
    }
  });
  return failed;
}

async function fanOutRoom(
  room: string,
  events: LogEvent[],
  deadlineMs: number,
  ports: FanOutPorts,
): Promise<void> {
  const topic = roomTopic(room);
  const shards = await ports.sharding.shardsOf(topic);
  const all = Array.from({ length: shards }, (_, shard) => shard);
  const connections = await mapInFlight(all, limits.shardsInFlight, (shard) =>
    deliverWhole({ room, shard, events }, deadlineMs, ports),
  );

  const wanted = Math.max(...all.map((s) => shardsWanted(shards, s, connections[s] ?? 0)));
  if (wanted > shards) await ports.sharding.split(topic, wanted);
  const total = connections.reduce((sum, count) => sum + count, 0);
  // Well below what made the room a large one, or it would go back and forth.
  const isSmall = total < limits.directConnections / 2 && shards <= limits.shardsReadAtOnce;
  if (isSmall) await ports.log.setDelivery(room, "direct");
}

/** Deliver to all of a shard, in as many invocations as it takes; its connections. */
async function deliverWhole(
  job: ShardJob,
  deadlineMs: number,
  ports: FanOutPorts,
): Promise<number> {
  let connections = 0;
  let outcome: ShardOutcome = { connections: 0 };
  do {
    const { stoppedBehind: after } = outcome;
    outcome = await deliverTrying({ ...job, ...(after !== undefined && { after }) }, ports);
    connections += outcome.connections;
    if (outcome.stoppedBehind !== undefined && ports.clock.nowMs() >= deadlineMs) {
      throw new Error(`out of time behind ${connections} connections of shard ${job.shard}`);
    }
  } while (outcome.stoppedBehind !== undefined);
  return connections;
}

/** Once more when it fails: else all other shards would be delivered to again. */
async function deliverTrying(
  job: ShardJob,
  { workers, report }: FanOutPorts,
): Promise<ShardOutcome> {
  try {
    return await workers.deliver(job);
  } catch (error) {
    report("shard failed once", { room: job.room, shard: job.shard, error });
    return workers.deliver(job);
  }
}
