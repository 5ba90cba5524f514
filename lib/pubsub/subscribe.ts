/**
 * Subscribe a connection to a topic, in an order that lets nobody hear who should not, and leaves
 * no subscription that nothing names:
 *
 * 1. Note the topic on the connection item, which must exist: it names what has to be cleaned up.
 *
 * 2. Reserve the subscription. It hears nothing yet.
 *
 * 3. Note the topic once more. Somebody who forgets or unsubscribes this connection may have looked
 * for the subscription before 2 and missed it; the second note either finds the connection gone, or
 * moves its revision on, so that the forgetting goes round again.
 *
 * 4. Look whether the user is still allowed, after 2: a leave is seen here, or it finds the
 * reservation.
 *
 * 5. Confirm the reservation, if it is still there. From now on it hears.
 *
 * Killed half-way, what is left hears nothing, and is named by the connection item unless that is
 * gone itself.
 */
import type { Connection } from "../domain/model.ts";
import type { Ports } from "../ports.ts";

export type SubscribePorts = Pick<Ports, "connections" | "subscriptions">;

/**
 * `fresh`: the connection did not hear the topic before. `gone`, `refused`: it does not hear it
 * now; `full`: it hears too many others.
 */
export type Subscribed = "fresh" | "renewed" | "gone" | "full" | "refused";

/** Each further round means that somebody left, or was forgotten, and is back. */
const subscribeRounds = 5;

export async function subscribe(
  ports: SubscribePorts,
  connection: Connection,
  topic: string,
  isStillAllowed: () => Promise<boolean>,
): Promise<Subscribed> {
  const { connectionId } = connection;
  // What every `sync` of a connection but its first one finds; reading is a tenth of the price.
  if (await isHearing(ports, connectionId, topic)) {
    if (await isStillAllowed()) return "renewed";
    await unsubscribe(ports, connectionId, topic, isStillAllowed);
    return "refused";
  }
  for (let round = 0; round < subscribeRounds; round += 1) {
    const noted = await ports.connections.addTopic(connectionId, topic);
    if (noted !== "added") return noted === "full" ? "full" : "gone";
    const isHeard = (await ports.subscriptions.reserve({ ...connection, topic })) === "heard";

    const [isKnown, isAllowed] = await Promise.all([
      isNotedAgain(ports, connectionId, topic),
      isStillAllowed(),
    ]);
    if (!isKnown) {
      await ports.subscriptions.remove(topic, connectionId);
      return "gone";
    }
    if (!isAllowed) {
      await unsubscribe(ports, connectionId, topic, isStillAllowed);
      return "refused";
    }
    if (isHeard) return "renewed";
    if (await ports.subscriptions.confirm(topic, connectionId)) return "fresh";
  }
  throw new Error(`connection ${connectionId} lost its reservation ${subscribeRounds} times`);
}

/** Each further round means that the connection's topics changed meanwhile: it cannot go on. */
const unsubscribeRounds = 10;

/**
 * Unsubscribe a connection, unless its user is allowed to hear the topic (again): then whoever
 * allowed it may be subscribing it right now, and has the last word. True when it was subscribed
 * and is not. The connection item names the subscription until it is gone.
 */
export async function unsubscribe(
  ports: SubscribePorts,
  connectionId: string,
  topic: string,
  isAllowed: () => Promise<boolean>,
): Promise<boolean> {
  let isRemoved = false;
  for (let round = 0; round < unsubscribeRounds; round += 1) {
    const known = await ports.connections.find(connectionId);
    if (!known?.topics.includes(topic)) return isRemoved;
    if (await isAllowed()) {
      if (isRemoved) await subscribe(ports, known.connection, topic, isAllowed);
      return false;
    }
    isRemoved = (await ports.subscriptions.remove(topic, connectionId)) || isRemoved;
    if (await ports.connections.removeTopic(connectionId, topic, known.revision)) return isRemoved;
  }
  throw new Error(`connection ${connectionId} changed topics in ${unsubscribeRounds} rounds`);
}

/** Whether the connection hears the topic, and is there to be cleaned up after. */
async function isHearing(
  ports: SubscribePorts,
  connectionId: string,
  topic: string,
): Promise<boolean> {
  const [known, isHeard] = await Promise.all([
    ports.connections.find(connectionId),
    ports.subscriptions.isHeard(topic, connectionId),
  ]);
  return isHeard && known?.topics.includes(topic) === true;
}

async function isNotedAgain(
  ports: SubscribePorts,
  connectionId: string,
  topic: string,
): Promise<boolean> {
  return (await ports.connections.addTopic(connectionId, topic)) === "added";
}
