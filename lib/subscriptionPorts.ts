/** Who hears which topic: ports, as those of ports.ts. */
import type { Subscription, SubscriptionKey } from "./model.ts";

/** What `$connect` takes of subscriptions. */
export interface NewSubscriptions {
  /** Put a subscription that hears at once. */
  put(subscription: Subscription): Promise<void>;
}

/** To read who hears a topic. */
export interface Subscribers {
  /**
   * Subscriptions of a topic, expired ones included: at most `max`, and whether that is all of
   * them. Of a topic in more shards than `limits.shardsReadAtOnce` only the first one is read.
   */
  listSome(topic: string, max: number): Promise<{ found: Subscription[]; isAll: boolean }>;
  /**
   * Every subscription in one shard of a topic, expired ones included, in pages: by connection id
   * in code-unit order, starting behind `after`. The next page is read ahead.
   */
  listShard(topic: string, shard: number, after?: string): AsyncIterable<Subscription[]>;
  /** Those of many subscriptions that hear. */
  heardOf(keys: readonly SubscriptionKey[]): Promise<SubscriptionKey[]>;
}

/** To read who hears a topic, and remove those that are gone. */
export interface ForgettableSubscriptions extends Subscribers {
  /** Remove many; of those that are not there, nothing. */
  removeAll(keys: readonly SubscriptionKey[]): Promise<void>;
}

/** How many partitions a topic's subscriptions are spread over. */
export interface Sharding {
  /** How many shards a topic has: a power of two, that never falls. */
  shardsOf(topic: string): Promise<number>;
  /** Split a topic into at least so many shards. Its subscriptions stay where they are. */
  split(topic: string, shards: number): Promise<void>;
}

/** Which connections hear which topic. */
export interface Subscriptions extends NewSubscriptions, ForgettableSubscriptions, Sharding {
  /**
   * Put a subscription that hears, as of this epoch; "fresh" when there was none that did.
   * Undefined, and nothing is put, when there is one of a later epoch, heard or withheld.
   */
  hear(subscription: Subscription, epoch: number): Promise<"fresh" | "heard" | undefined>;
  /**
   * Let a subscription hear no more, and keep those of earlier epochs from hearing: what is left of
   * it expires with the connection. Nothing happens to one of this epoch or a later one. True when
   * it heard.
   */
  withhold(subscription: Subscription, epoch: number): Promise<boolean>;
  /**
   * Put a subscription that hears nothing until it is confirmed, unless there is one that hears.
   */
  reserve(subscription: Subscription): Promise<"reserved" | "heard">;
  /**
   * Let a subscription hear, reserved or not, as of this epoch. False, and nothing is put, when it
   * was removed meanwhile, or is of a later epoch.
   */
  confirm(key: SubscriptionKey, epoch: number): Promise<boolean>;
}
