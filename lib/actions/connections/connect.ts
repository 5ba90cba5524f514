/**
 * Remember a new connection, subscribed to its user's topic. Nothing may be posted to it here:
 * until its handshake is over, its gateway does not know it. The connection item goes in first,
 * because after a crash the clean-up finds the subscription by it; without its user's
 * topic the handshake fails and the client tries again.
 *
 * Then the user's connections are counted, the new one among them. Beyond the limit the oldest are
 * told, closed and forgotten: a connection that was lost without a word is old, so nobody is locked
 * out by connections that they no longer have. Of several connections that come at once, the last
 * one to be stored sees all of them; each closes only what has enough newer ones, so nobody loses
 * one too many. A connection that cannot be closed is not forgotten: it would stay open and hear
 * nothing. The user's next connection tries again, as it does after a crash.
 */
import { mapInFlight } from "../../concurrency.ts";
import type { Connection, Subscription } from "../../model.ts";
import type { ForgettableConnections, NewConnections } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import type { DeliverPorts } from "../../pubsub/deliver.ts";
import { disconnect } from "../../pubsub/post.ts";
import { firstShard, userTopic } from "../../pubsub/topics.ts";
import type { ForgettableSubscriptions, NewSubscriptions } from "../../subscriptionPorts.ts";
import { forgetting } from "./forget.ts";

type ConnectPorts = DeliverPorts & {
  connections: NewConnections & ForgettableConnections;
  subscriptions: NewSubscriptions & ForgettableSubscriptions;
};

export async function connect(connection: Connection, ports: ConnectPorts): Promise<void> {
  const topic = userTopic(connection.user);
  await ports.connections.add(connection, [topic]);
  await ports.subscriptions.put({ ...connection, topic, shard: firstShard });
  ports.measure("connected", 1);
  const { found } = await ports.subscriptions.listSome(topic, connectionsRead);
  const surplus = beyondLimit(found);
  if (surplus.length > 0) await close(surplus, ports);
}

/** As many as are forgotten together. Where there are more, the user's next connection goes on. */
const connectionsRead = limits.connectionsPerUser + limits.goneInBatch;

/** All but the newest ones. */
function beyondLimit(connections: readonly Subscription[]): Subscription[] {
  const newestFirst = [...connections].sort(
    (a, b) => b.connectedAtMs - a.connectedAtMs || (a.connectionId < b.connectionId ? -1 : 1),
  );
  return newestFirst.slice(limits.connectionsPerUser);
}

/** The new connection is not refused for what becomes of old ones. */
async function close(surplus: readonly Subscription[], ports: ConnectPorts): Promise<void> {
  const deadlineMs = ports.clock.nowMs() + limits.awaitedPublishMs;
  try {
    const areClosed = await mapInFlight(surplus, limits.postsPerGateway, (old) =>
      disconnect(ports, old, "too_many_connections", deadlineMs),
    );
    await forgetting(ports, deadlineMs)(surplus.filter((_, index) => areClosed[index]));
  } catch (error) {
    ports.report("surplus connections not forgotten", { error });
  }
}
