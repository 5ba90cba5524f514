/**
 * One message in a room of any size: delivered by its sender's function up to a limit, beyond it by
 * the stream, whose functions share the work and, while they are busy, share frames among messages.
 */

import { limits } from "../lib/protocol/limits.ts";
import { shardsWanted } from "../lib/pubsub/topics.ts";
import { type Measured, type Units, unitsAt } from "./measured.ts";
import { invocation, sum, times, type Usage } from "./usage.ts";

/** `together`: messages that come while one delivery is under way, and share the next one. */
export function messageUsage(measured: Measured, connections: number, together = 1): Usage {
  const { units } = measured;
  if (connections <= limits.directConnections) {
    return sent(measured, unitsAt(units, "send", connections));
  }
  return sum([
    sent(measured, unitsAt(units, "send, to the stream")),
    times(deliveryUsage(measured, connections), 1 / together),
  ]);
}

export function directMessageUsage(measured: Measured, connections: number): Usage {
  return sent(measured, unitsAt(measured.units, "send to a user", connections));
}

/** Of a topic that has grown to so many connections. */
export function shardsFor(connections: number): number {
  let shards = 1;
  for (;;) {
    const wanted = shardsWanted(shards, shards - 1, connections / shards);
    if (wanted === shards) return shards;
    shards = wanted;
  }
}

/** Until everybody has it, in seconds, when nothing but requests takes time. */
export function secondsToDeliver(measured: Measured, connections: number): number {
  const { units } = measured;
  if (connections <= limits.directConnections) {
    return unitsAt(units, "send", connections).waitMs / 1_000;
  }
  const { workerMs, rounds, fanOut } = sharded(measured, connections);
  return (unitsAt(units, "send, to the stream").waitMs + fanOut.waitMs + rounds * workerMs) / 1_000;
}

function deliveryUsage(measured: Measured, connections: number): Usage {
  const { shards, worker, workerMs, rounds, fanOut } = sharded(measured, connections);
  // It waits for its workers, round by round.
  const coordinator = invocation("fanOut", fanOut, measured, rounds * workerMs);
  return sum([coordinator, times(worker, shards)]);
}

function sharded(measured: Measured, connections: number) {
  const shards = shardsFor(connections);
  const each = unitsAt(measured.units, "deliver", connections / shards);
  const worker = invocation("deliver", each, measured);
  const rounds = Math.ceil(shards / limits.shardsInFlight);
  const fanOut = unitsAt(measured.units, "fanOut", shards);
  return { shards, worker, workerMs: worker.busySeconds * 1_000, rounds, fanOut };
}

function sent(measured: Measured, units: Units): Usage {
  const { eventBytes } = measured.units;
  return sum([invocation("send", units, measured), { framesIn: 1, storedBytes: eventBytes }]);
}
