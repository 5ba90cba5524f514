/** Connections and subscriptions in memory. */
import type { Connection, Subscription } from "../../domain/model.ts";
import type { Connections, Subscriptions } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";

export function memoryConnections(): Connections {
  const known = new Map<string, { connection: Connection; topics: Set<string> }>();
  return {
    async add(connection, topics) {
      const stored = { connection: structuredClone(connection), topics: new Set(topics) };
      known.set(connection.connectionId, stored);
    },
    async find(connectionId) {
      const found = known.get(connectionId);
      return found && { connection: { ...found.connection }, topics: [...found.topics] };
    },
    async addTopic(connectionId, topic) {
      const topics = known.get(connectionId)?.topics;
      if (topics === undefined) return "unknown";
      if (!topics.has(topic) && topics.size >= limits.topicsPerConnection) return "full";
      topics.add(topic);
      return "added";
    },
    async removeTopic(connectionId, topic) {
      known.get(connectionId)?.topics.delete(topic);
    },
    async remove(connectionId, topics) {
      const found = known.get(connectionId);
      if (found === undefined) return true;
      const isUnchanged =
        found.topics.size === topics.length && topics.every((topic) => found.topics.has(topic));
      if (isUnchanged) known.delete(connectionId);
      return isUnchanged;
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
