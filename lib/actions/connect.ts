/**
 * Remember a new connection, subscribed to its user's topic. Nothing may be posted to it here:
 * until its handshake is over, its gateway does not know it. The connection item goes in first,
 * because it is what names the subscription to whoever cleans up after a crash; without its user's
 * topic the handshake fails and the client tries again.
 */
import type { Connection } from "../domain/model.ts";
import { firstShard, userTopic } from "../domain/topics.ts";
import type { NewConnections, NewSubscriptions } from "../ports.ts";

export async function connect(
  connection: Connection,
  ports: { connections: NewConnections; subscriptions: NewSubscriptions },
): Promise<void> {
  const topic = userTopic(connection.user);
  await ports.connections.add(connection, [topic]);
  await ports.subscriptions.put({ ...connection, topic, shard: firstShard });
}
