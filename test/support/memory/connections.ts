/** Connections in memory. */
import type { Connection } from "../../../lib/model.ts";
import type { Connections, GatewayConnections } from "../../../lib/ports.ts";
import { firstShard } from "../../../lib/pubsub/topics.ts";
import { smallPages } from "./pages.ts";

interface Stored {
  connection: Connection;
  topics: Map<string, number>;
  confirmed: Set<string>;
  revision: number;
  epoch: number;
  isEnding: boolean;
}

export function memoryConnections(): Connections & { onGateways: GatewayConnections } {
  const known = new Map<string, Stored>();
  const found = (stored: Stored) => ({
    ...stored,
    connection: { ...stored.connection },
    topics: new Map(stored.topics),
    confirmed: new Set(stored.confirmed),
  });
  const noted = (stored: Stored, topics: ReadonlyMap<string, number>) => {
    for (const [topic, shard] of topics) {
      stored.topics.set(topic, stored.topics.get(topic) ?? shard);
    }
    stored.revision += 1;
    return { shards: new Map(stored.topics), epoch: stored.epoch };
  };
  const onGateway = (gateway: string) =>
    [...known.values()].flatMap(({ connection }) =>
      connection.gateway === gateway ? connection : [],
    );
  return {
    onGateways: {
      async count(gateway, nowMs) {
        return onGateway(gateway).filter(({ expiresAtMs }) => expiresAtMs > nowMs).length;
      },
      async *list(gateway) {
        yield* smallPages(onGateway(gateway).map(({ connectionId }) => connectionId));
      },
    },
    async add(connection, topics) {
      const shards = new Map(topics.map((topic) => [topic, firstShard]));
      known.set(connection.connectionId, {
        connection: { ...connection },
        topics: shards,
        confirmed: new Set(),
        revision: 0,
        epoch: 0,
        isEnding: false,
      });
    },
    async find(connectionId) {
      const stored = known.get(connectionId);
      return stored && found(stored);
    },
    async findAll(connectionIds) {
      return [...new Set(connectionIds)].flatMap((id) => known.get(id) ?? []).map(found);
    },
    async addTopics(connectionId, topics, sizeMax) {
      const stored = known.get(connectionId);
      if (stored === undefined || stored.isEnding || stored.topics.size > sizeMax) return undefined;
      return noted(stored, topics);
    },
    async replaceTopics(connectionId, topics, replaced, revision) {
      const stored = known.get(connectionId);
      if (stored?.revision !== revision || stored.isEnding) return undefined;
      for (const topic of replaced) {
        stored.topics.delete(topic);
        stored.confirmed.delete(topic);
      }
      return noted(stored, topics);
    },
    async confirmTopics(connectionId, topics, epoch) {
      const stored = known.get(connectionId);
      if (stored === undefined || stored.isEnding || stored.epoch !== epoch) return false;
      for (const [topic, shard] of topics) {
        stored.topics.set(topic, shard);
        stored.confirmed.add(topic);
      }
      return true;
    },
    async withdrawTopic(connectionId, topic, shard, revision) {
      const stored = known.get(connectionId);
      if (stored?.revision !== revision) return undefined;
      stored.topics.set(topic, shard);
      stored.confirmed.delete(topic);
      stored.epoch += 1;
      return stored.epoch;
    },
    async removeTopic(connectionId, topic, revision) {
      const stored = known.get(connectionId);
      if (stored?.revision !== revision) return false;
      stored.topics.delete(topic);
      stored.confirmed.delete(topic);
      stored.revision += 1;
      return true;
    },
    async end(connectionId) {
      const stored = known.get(connectionId);
      if (stored) stored.isEnding = true;
      return stored && found(stored);
    },
    async removeAll(connectionIds) {
      for (const connectionId of connectionIds) known.delete(connectionId);
    },
  };
}
