/** What every store of subscriptions promises. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { Subscription } from "../../lib/model.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { connectionOf } from "../support/fixtures.ts";
import { describeStores } from "./stores.ts";

describeStores("subscriptions", (stores) => {
  const newTopic = () => `room:${randomUUID()}`;
  const subscriptionOf = (topic: string, shard = 0): Subscription => ({
    ...connectionOf("alice", { connectionId: `${randomUUID()}=` }),
    topic,
    shard,
  });
  const listed = async (topic: string, shard = 0, after?: string) => {
    const found: Subscription[] = [];
    const pages = stores().subscriptions.listShard(topic, shard, after);
    for await (const page of pages) found.push(...page);
    return found;
  };

  it("lists who was put, once", async () => {
    const { subscriptions } = stores();
    const topic = newTopic();
    const subscription = subscriptionOf(topic);
    await subscriptions.put(subscription);
    await subscriptions.put(subscription);
    expect(await listed(topic)).toEqual([subscription]);
  });

  it("lists who reserved only once that is confirmed", async () => {
    const { subscriptions } = stores();
    const topic = newTopic();
    const subscription = subscriptionOf(topic);
    expect(await subscriptions.reserve(subscription)).toBe("reserved");
    expect(await subscriptions.reserve(subscription)).toBe("reserved");
    expect(await listed(topic)).toEqual([]);
    expect(await subscriptions.confirm(subscription, 0)).toBe(true);
    expect(await subscriptions.confirm(subscription, 0)).toBe(true);
    expect(await listed(topic)).toEqual([subscription]);
    expect(await subscriptions.reserve(subscription)).toBe("heard");
    expect(await listed(topic)).toEqual([subscription]);
  });

  it("confirms no reservation that was removed", async () => {
    const { subscriptions } = stores();
    const topic = newTopic();
    const subscription = subscriptionOf(topic);
    await subscriptions.reserve(subscription);
    await subscriptions.removeAll([subscription]);
    expect(await subscriptions.confirm(subscription, 1)).toBe(false);
    expect(await listed(topic)).toEqual([]);
  });

  it("lists who hears as of an epoch, and says whether they did before", async () => {
    const { subscriptions } = stores();
    const topic = newTopic();
    const subscription = subscriptionOf(topic);
    expect(await subscriptions.hear(subscription, 0)).toBe("fresh");
    expect(await subscriptions.hear(subscription, 0)).toBe("heard");
    expect(await subscriptions.hear(subscription, 2)).toBe("heard");
    expect(await listed(topic)).toEqual([subscription]);
  });

  it("withholds what hears as of an earlier epoch, and nothing of a later one", async () => {
    const { subscriptions } = stores();
    const topic = newTopic();
    const subscription = subscriptionOf(topic);
    await subscriptions.hear(subscription, 5);
    for (const epoch of [4, 5]) {
      expect(await subscriptions.withhold(subscription, epoch)).toBe(false);
    }
    expect(await subscriptions.hear(subscription, 4)).toBeUndefined();
    expect(await listed(topic)).toEqual([subscription]);
    expect(await subscriptions.withhold(subscription, 6)).toBe(true);
    expect(await subscriptions.withhold(subscription, 6)).toBe(false);
    expect(await subscriptions.withhold(subscription, 7)).toBe(false);
    expect(await listed(topic)).toEqual([]);
  });

  it("lets nobody hear who was withheld in a later epoch, also where nothing was", async () => {
    const { subscriptions } = stores();
    const topic = newTopic();
    const subscription = subscriptionOf(topic);
    expect(await subscriptions.withhold(subscription, 3)).toBe(false);
    expect(await subscriptions.hear(subscription, 2)).toBeUndefined();
    expect(await subscriptions.confirm(subscription, 2)).toBe(false);
    expect(await listed(topic)).toEqual([]);
    expect(await subscriptions.hear(subscription, 3)).toBe("fresh");
    expect(await listed(topic)).toEqual([subscription]);
  });

  it("lists nobody for a topic that nobody is subscribed to", async () => {
    expect(await listed(newTopic())).toEqual([]);
  });

  it("keeps topics apart whose names begin alike", async () => {
    const { subscriptions } = stores();
    const topic = newTopic();
    await subscriptions.put(subscriptionOf(`${topic}1`));
    expect(await listed(topic)).toEqual([]);
  });

  it("lists expired ones too, so that a publish can remove them", async () => {
    const { subscriptions } = stores();
    const topic = newTopic();
    const expired = { ...subscriptionOf(topic), expiresAtMs: 2_000 };
    await subscriptions.put(expired);
    expect(await listed(topic)).toEqual([expired]);
  });

  const putMany = async (topic: string, shard: number, count: number) => {
    const put = Array.from({ length: count }, () => subscriptionOf(topic, shard));
    await Promise.all(put.map((subscription) => stores().subscriptions.put(subscription)));
    return put.sort((a, b) => (a.connectionId < b.connectionId ? -1 : 1));
  };

  it("lists a shard by connection id, and goes on behind any", async () => {
    const topic = newTopic();
    const put = await putMany(topic, 0, 25);
    expect(await listed(topic)).toEqual(put);
    expect(await listed(topic, 0, put[9]?.connectionId)).toEqual(put.slice(10));
    expect(await listed(topic, 0, put[24]?.connectionId)).toEqual([]);
    expect(await listed(topic, 1)).toEqual([]);
  });

  it("lists some, and says whether they are all", async () => {
    const { subscriptions } = stores();
    const topic = newTopic();
    expect(await subscriptions.listSome(topic, 3)).toEqual({ found: [], isAll: true });
    const put = await putMany(topic, 0, 4);
    expect(await subscriptions.listSome(topic, 4)).toEqual({ found: put, isAll: true });
    expect(await subscriptions.listSome(topic, 3)).toEqual({
      found: put.slice(0, 3),
      isAll: false,
    });
  });

  it("counts nobody who only reserved, or was withheld, among some", async () => {
    const { subscriptions } = stores();
    const topic = newTopic();
    for (let count = 0; count < 5; count += 1) await subscriptions.reserve(subscriptionOf(topic));
    await subscriptions.withhold(subscriptionOf(topic), 1);
    expect(await subscriptions.listSome(topic, 1)).toEqual({ found: [], isAll: true });
    const [heard] = await putMany(topic, 0, 1);
    expect(await subscriptions.listSome(topic, 1)).toEqual({ found: [heard], isAll: true });
  });

  it("splits a topic into more shards, never into fewer, and lists some of a few", async () => {
    const { subscriptions } = stores();
    const topic = newTopic();
    expect(await subscriptions.shardsOf(topic)).toBe(1);
    await subscriptions.split(topic, limits.shardsReadAtOnce);
    await subscriptions.split(topic, 2);
    expect(await subscriptions.shardsOf(topic)).toBe(limits.shardsReadAtOnce);
    const first = await putMany(topic, 0, 2);
    const last = await putMany(topic, limits.shardsReadAtOnce - 1, 2);
    const all = { found: [...first, ...last], isAll: true };
    expect(await subscriptions.listSome(topic, 4)).toEqual(all);
    expect(await subscriptions.listSome(topic, 3)).toMatchObject({ isAll: false });
    expect(await listed(topic)).toEqual(first);
  });

  it("lists some of the first shard only where there are many", async () => {
    const { subscriptions } = stores();
    const topic = newTopic();
    await subscriptions.split(topic, limits.shardsReadAtOnce * 2);
    const first = await putMany(topic, 0, 2);
    await putMany(topic, 1, 2);
    expect(await subscriptions.listSome(topic, 10)).toEqual({ found: first, isAll: false });
  });

  it("finds those of many that hear, on any topic and shard", async () => {
    const { subscriptions } = stores();
    const [topic, other] = [newTopic(), newTopic()];
    const heard = [...(await putMany(topic, 0, 2)), ...(await putMany(other, 3, 1))];
    const reserved = subscriptionOf(topic);
    await subscriptions.reserve(reserved);
    const elsewhere = heard.map((one) => ({ ...one, shard: one.shard + 1 }));
    const keys = [...elsewhere, reserved, ...heard, subscriptionOf(topic)].map(keyOf);
    expect(await subscriptions.heardOf(keys)).toEqual(heard.map(keyOf));
    expect(await subscriptions.heardOf([])).toEqual([]);
  });

  const keyOf = ({ topic, shard, connectionId }: Subscription) => ({ topic, shard, connectionId });

  it("removes many at once, also when one is named twice or is not there", async () => {
    const { subscriptions } = stores();
    const topic = newTopic();
    const [kept, ...removed] = await putMany(topic, 0, 60);
    const others = await putMany(topic, 1, 2);
    const [twice] = removed;
    const unknown = subscriptionOf(topic);
    // Side by side, so that one batch would name it twice.
    await subscriptions.removeAll([...(twice ? [twice] : []), ...removed, unknown]);
    expect(await listed(topic)).toEqual([kept]);
    expect(await listed(topic, 1)).toEqual(others);
    await subscriptions.removeAll([]);
  });
});
