/** Connections and subscriptions in memory. */
import type { Connection, Subscription } from "../../domain/model.ts";
import type { Connections, Subscriptions } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";

export function memoryConnections(): Connections {
  interface Stored {
    connection: Connection;
    topics: Set<string>;
    revision: number;
  }
  const known = new Map<string, Stored>();
  return {
    async add(connection, topics) {
      const stored = { connection: { ...connection }, topics: new Set(topics), revision: 0 };
      known.set(connection.connectionId, stored);
    },
    async find(connectionId) {
      const found = known.get(connectionId);
      return found && { ...found, connection: { ...found.connection }, topics: [...found.topics] };
    },
    async addTopic(connectionId, topic) {
      const found = known.get(connectionId);
      if (found === undefined) return "unknown";
      const isFull = found.topics.size >= limits.topicsPerConnection;
      if (isFull && !found.topics.has(topic)) return "full";
      found.topics.add(topic);
      found.revision += 1;
      return "added";
    },
    async removeTopic(connectionId, topic, revision) {
      const found = known.get(connectionId);
      if (found?.revision !== revision) return false;
      found.topics.delete(topic);
      found.revision += 1;
      return true;
    },
    async remove(connectionId, revision) {
      const found = known.get(connectionId);
      if (found !== undefined && found.revision !== revision) return false;
      known.delete(connectionId);
      return true;
    },
  };
}

export function memorySubscriptions(): Subscriptions {
  interface Stored {
    subscription: Subscription;
    isReserved: boolean;
  }
  const topics = new Map<string, Map<string, Stored>>();
  const store = (subscription: Subscription, isReserved: boolean) => {
    const { topic, connectionId } = subscription;
    const stored = topics.get(topic) ?? new Map<string, Stored>();
    topics.set(topic, stored.set(connectionId, { subscription: { ...subscription }, isReserved }));
  };
  return {
    async put(subscription) {
      store(subscription, false);
    },
    async isHeard(topic, connectionId) {
      return topics.get(topic)?.get(connectionId)?.isReserved === false;
    },
    async reserve(subscription) {
      const stored = topics.get(subscription.topic)?.get(subscription.connectionId);
      if (stored?.isReserved === false) return "heard";
      store(subscription, true);
      return "reserved";
    },
    async confirm(topic, connectionId) {
      const stored = topics.get(topic)?.get(connectionId);
      if (stored) stored.isReserved = false;
      return stored !== undefined;
    },
    async remove(topic, connectionId) {
      return topics.get(topic)?.delete(connectionId) ?? false;
    },
    async *list(topic) {
      const stored = [...(topics.get(topic)?.values() ?? [])];
      const heard = stored.filter(({ isReserved }) => !isReserved);
      yield heard.map(({ subscription }) => ({ ...subscription }));
    },
  };
}
