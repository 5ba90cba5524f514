/**
 * Subscribe a connection to a topic, in an order that leaves nobody subscribed who should not be:
 * note the topic on the connection item (which must exist), put the subscription, and only then
 * look again at whether the connection is still known and its user still allowed. Whoever leaves or
 * disconnects in between has either seen our subscription and removed it, or is seen by the second
 * look. Killed half-way, what is left is named by the connection item.
 */
import type { Connection } from "../domain/model.ts";
import type { Ports } from "../ports.ts";

export type SubscribePorts = Pick<Ports, "connections" | "subscriptions">;

/**
 * `fresh`: the connection did not hear the topic before. `gone`, `refused`: it does not hear it
 * now; `full`: it hears too many others.
 */
export type Subscribed = "fresh" | "renewed" | "gone" | "full" | "refused";

export async function subscribe(
  ports: SubscribePorts,
  connection: Connection,
  topic: string,
  isStillAllowed: () => Promise<boolean>,
): Promise<Subscribed> {
  const { connectionId } = connection;
  const noted = await ports.connections.addTopic(connectionId, topic);
  if (noted !== "added") return noted === "full" ? "full" : "gone";
  const isFresh = await ports.subscriptions.put({ ...connection, topic });

  const [known, isAllowed] = await Promise.all([
    ports.connections.find(connectionId),
    isStillAllowed(),
  ]);
  if (known === undefined) {
    await ports.subscriptions.remove(topic, connectionId);
    return "gone";
  }
  if (!isAllowed) {
    await unsubscribe(ports, connectionId, topic);
    return "refused";
  }
  return isFresh ? "fresh" : "renewed";
}

/**
 * Unsubscribe a connection; true when it was subscribed. The connection item names the subscription
 * until it is gone.
 */
export async function unsubscribe(
  ports: SubscribePorts,
  connectionId: string,
  topic: string,
): Promise<boolean> {
  const wasSubscribed = await ports.subscriptions.remove(topic, connectionId);
  await ports.connections.removeTopic(connectionId, topic);
  return wasSubscribed;
}
