/**
 * Subscriptions in memory. A reader of pages gets several of a few each, so that one who takes the
 * first for all of them is found out.
 */
import type { Subscription, SubscriptionKey } from "../../../lib/model.ts";
import { limits } from "../../../lib/protocol/limits.ts";
import { firstShard } from "../../../lib/pubsub/topics.ts";
import type { Subscriptions } from "../../../lib/subscriptionPorts.ts";
import { smallPages } from "./pages.ts";

interface Stored {
  subscription: Subscription;
  isReserved: boolean;
  epoch?: number;
}

export function memorySubscriptions(): Subscriptions {
  const shards = new Map<string, number>();
  const partitions = new Map<string, Map<string, Stored>>();
  const partition = ({ topic, shard }: Pick<SubscriptionKey, "topic" | "shard">) => {
    const name = `${topic} ${shard}`;
    const all = partitions.get(name) ?? new Map<string, Stored>();
    partitions.set(name, all);
    return all;
  };
  const stored = (key: SubscriptionKey) => partition(key).get(key.connectionId);
  const store = (subscription: Subscription, isReserved: boolean, epoch?: number) => {
    const all = {
      subscription: { ...subscription },
      isReserved,
      ...(epoch !== undefined && { epoch }),
    };
    partition(subscription).set(subscription.connectionId, all);
  };
  const heard = (topic: string, shard: number) =>
    [...partition({ topic, shard }).values()]
      .filter(({ isReserved }) => !isReserved)
      .map(({ subscription }) => ({ ...subscription }))
      .sort((a, b) => (a.connectionId < b.connectionId ? -1 : 1));
  return {
    async put(subscription) {
      store(subscription, false);
    },
    async shardsOf(topic) {
      return shards.get(topic) ?? 1;
    },
    async split(topic, wanted) {
      shards.set(topic, Math.max(wanted, shards.get(topic) ?? 1));
    },
    async hear(subscription, epoch) {
      const before = stored(subscription);
      if ((before?.epoch ?? epoch) > epoch) return undefined;
      store(subscription, false, epoch);
      return before?.isReserved === false ? "heard" : "fresh";
    },
    async withhold(subscription, epoch) {
      const before = stored(subscription);
      if (before?.epoch !== undefined && before.epoch >= epoch) return false;
      store(subscription, true, epoch);
      return before?.isReserved === false;
    },
    async reserve(subscription) {
      const before = stored(subscription);
      if (before?.isReserved === false) return "heard";
      store(subscription, true);
      return "reserved";
    },
    async confirm(key, epoch) {
      const before = stored(key);
      if (before === undefined || (before.epoch ?? epoch) > epoch) return false;
      store(before.subscription, false, epoch);
      return true;
    },
    async heardOf(keys) {
      return keys.filter((key) => stored(key)?.isReserved === false);
    },
    async removeAll(keys) {
      for (const key of keys) partition(key).delete(key.connectionId);
    },
    async listSome(topic, max) {
      const count = shards.get(topic) ?? 1;
      const isTooWide = count > limits.shardsReadAtOnce;
      const read = isTooWide ? [firstShard] : Array.from({ length: count }, (_, shard) => shard);
      const found = read.flatMap((shard) => heard(topic, shard));
      return { found: found.slice(0, max), isAll: !isTooWide && found.length <= max };
    },
    async *listShard(topic, shard, after = "") {
      yield* smallPages(heard(topic, shard).filter(({ connectionId }) => connectionId > after));
    },
  };
}
