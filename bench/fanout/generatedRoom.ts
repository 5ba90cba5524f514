/**
 * A room as large as one likes behind the ports that delivering takes: its subscriptions are made
 * when they are read, page by page, and not kept. So what a posting process holds of a large room
 * is what delivering holds. What reading them from a table costs is not in it.
 */
import type { KnownConnection, Subscription } from "../../lib/model.ts";
import type { ForgettableConnections } from "../../lib/ports.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { Pages } from "../../lib/pubsub/deliver.ts";
import { roomTopic } from "../../lib/pubsub/topics.ts";
import type { ForgettableSubscriptions } from "../../lib/subscriptionPorts.ts";

const topic = roomTopic("large");

interface GeneratedRoom {
  subscriptions: ForgettableSubscriptions;
  connections: ForgettableConnections;
  /** Everybody, shard by shard. */
  pages(): Pages;
  /** Connections that were forgotten since this was last asked. */
  takeForgotten(): number;
}

/** Query pages of 1 MB hold some thousand subscriptions; a shard is one of them. */
const pageSize = limits.shardConnections;

export function generatedRoom(size: number, gateway: string): GeneratedRoom {
  const shards = 2 ** Math.ceil(Math.log2(Math.max(1, size / limits.shardConnections)));
  const connectedAtMs = Date.now() - 2 * limits.handshakeMs;
  const expiresAtMs = Date.now() + limits.connectionSeconds * 1_000;
  const subscription = (index: number): Subscription => ({
    topic,
    shard: index % shards,
    connectionId: `${String(index).padStart(15, "A")}=`,
    gateway,
    user: `user-${index}`,
    connectedAtMs,
    expiresAtMs,
  });
  let forgotten = 0;

  async function* listShard(_topic: string, shard: number): AsyncGenerator<Subscription[]> {
    let page: Subscription[] = [];
    for (let index = shard; index < size; index += shards) {
      page.push(subscription(index));
      if (page.length < pageSize) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }

  const known = (connectionId: string): KnownConnection => {
    const index = Number(connectionId.replace(/^A+|=$/g, ""));
    const { shard, ...connection } = subscription(index);
    const topics = new Map([[topic, shard]]);
    const confirmed = new Set([topic]);
    return { connection, topics, confirmed, revision: 1, epoch: 0, isEnding: false };
  };

  return {
    subscriptions: {
      heardOf: async (keys) => [...keys],
      listSome: async (_topic, max) => {
        const found = Array.from({ length: Math.min(max, size) }, (_, n) => subscription(n));
        return { found, isAll: size <= max };
      },
      listShard,
      removeAll: async () => {},
    },
    connections: {
      findAll: async (connectionIds) => connectionIds.map(known),
      async removeAll(connectionIds) {
        forgotten += connectionIds.length;
      },
    },
    async *pages() {
      for (let shard = 0; shard < shards; shard += 1) yield* listShard(topic, shard);
    },
    takeForgotten() {
      const taken = forgotten;
      forgotten = 0;
      return taken;
    },
  };
}
