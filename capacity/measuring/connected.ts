/** Connections for what is counted: one of a user, and as many as hear a room. */

import { caller } from "../../bench/unitsScenario.ts";
import { connect } from "../../lib/actions/connections/connect.ts";
import { mapInFlight } from "../../lib/concurrency.ts";
import type { ConnectedCaller } from "../../lib/model.ts";
import type { Ports } from "../../lib/ports.ts";
import { roomTopic } from "../../lib/pubsub/topics.ts";

/** Writes at once, for what is there before anything is counted. */
export const fillsInFlight = 64;

/** A connection of a user: of the one who is called like it, unless told. */
export async function connected(
  name: string,
  ports: Ports,
  user?: string,
): Promise<ConnectedCaller> {
  const made = caller(name, ports);
  const as = user ?? made.user;
  const connecting = { ...made, user: as, connection: { ...made.connection, user: as } };
  await connect(connecting.connection, ports);
  return connecting;
}

/** Further connections that hear a room, or another topic. */
export async function fill(
  room: string,
  connections: number,
  ports: Ports,
  topic = roomTopic(room),
): Promise<void> {
  const others = Array.from({ length: connections }, (_, n) => `${room}-${n}`);
  await mapInFlight(others, fillsInFlight, (name) =>
    ports.subscriptions.put({ ...caller(name, ports).connection, topic, shard: 0 }),
  );
}
