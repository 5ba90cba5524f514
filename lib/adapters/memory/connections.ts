/** Connections in memory. */
import type { Connection } from "../../domain/model.ts";
import { firstShard } from "../../domain/topics.ts";
import type { Connections } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";

interface Stored {
  connection: Connection;
  topics: Map<string, number>;
  revision: number;
}

export function memoryConnections(): Connections {
  const known = new Map<string, Stored>();
  const found = ({ connection, topics, revision }: Stored) => ({
    connection: { ...connection },
    topics: new Map(topics),
    revision,
  });
  return {
    async add(connection, topics) {
      const shards = new Map(topics.map((topic) => [topic, firstShard]));
      const stored = { connection: { ...connection }, topics: shards, revision: 0 };
      known.set(connection.connectionId, stored);
    },
    async find(connectionId) {
      const stored = known.get(connectionId);
      return stored && found(stored);
    },
    async findAll(connectionIds) {
      return [...new Set(connectionIds)].flatMap((id) => known.get(id) ?? []).map(found);
    },
    async addTopic(connectionId, topic, shard) {
      const stored = known.get(connectionId);
      if (stored === undefined) return "unknown";
      const isFull = stored.topics.size >= limits.topicsPerConnection;
      if (isFull && !stored.topics.has(topic)) return "full";
      const kept = stored.topics.get(topic) ?? shard;
      stored.topics.set(topic, kept);
      stored.revision += 1;
      return { shard: kept };
    },
    async removeTopic(connectionId, topic, revision) {
      const stored = known.get(connectionId);
      if (stored?.revision !== revision) return false;
      stored.topics.delete(topic);
      stored.revision += 1;
      return true;
    },
    async remove(connectionId, revision) {
      const stored = known.get(connectionId);
      if (stored !== undefined && stored.revision !== revision) return false;
      known.delete(connectionId);
      return true;
    },
    async removeAll(connectionIds) {
      for (const connectionId of connectionIds) known.delete(connectionId);
    },
  };
}
