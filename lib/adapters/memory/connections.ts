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
  const topics = new Map<string, Map<string, Subscription>>();
  return {
    async put(subscription) {
      const { topic, connectionId } = subscription;
      const subscribed = topics.get(topic) ?? new Map<string, Subscription>();
      const isNew = !subscribed.has(connectionId);
      topics.set(topic, subscribed.set(connectionId, { ...subscription }));
      return isNew;
    },
    async remove(topic, connectionId) {
      return topics.get(topic)?.delete(connectionId) ?? false;
    },
    async *list(topic) {
      yield [...(topics.get(topic)?.values() ?? [])].map((subscription) => ({ ...subscription }));
    },
  };
}
