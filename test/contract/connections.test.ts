/** What every store of connections and subscriptions promises. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Subscription } from "../../lib/domain/model.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { connectionOf } from "../support/fixtures.ts";
import { describeStores } from "./stores.ts";

const newConnection = () => connectionOf("alice", { connectionId: `${randomUUID()}=` });

describeStores("connections", (stores) => {
  it("finds a connection with its topics", async () => {
    const { connections } = stores();
    const connection = newConnection();
    await connections.add(connection, ["user:alice"]);
    expect(await connections.find(connection.connectionId)).toMatchObject({
      connection,
      topics: ["user:alice"],
    });
    expect(await connections.find("nobody=")).toBeUndefined();
  });

  it("notes a topic once, however often it is added", async () => {
    const { connections } = stores();
    const connection = newConnection();
    const { connectionId } = connection;
    await connections.add(connection, ["user:alice"]);
    expect(await connections.addTopic(connectionId, "room:a.b-c")).toBe("added");
    expect(await connections.addTopic(connectionId, "room:a.b-c")).toBe("added");
    const found = await connections.find(connectionId);
    expect(found?.topics.sort()).toEqual(["room:a.b-c", "user:alice"]);
  });

  it("makes no connection out of a topic", async () => {
    const { connections } = stores();
    const connectionId = randomUUID();
    expect(await connections.addTopic(connectionId, "room:a")).toBe("unknown");
    expect(await connections.removeTopic(connectionId, "room:a", 0)).toBe(false);
    expect(await connections.find(connectionId)).toBeUndefined();
  });

  it("removes a topic of a connection that is as it was found, and of no other", async () => {
    const { connections } = stores();
    const connection = newConnection();
    const { connectionId } = connection;
    await connections.add(connection, ["user:alice", "room:a"]);
    const revision = (await connections.find(connectionId))?.revision ?? Number.NaN;
    expect(await connections.removeTopic(connectionId, "room:a", revision + 1)).toBe(false);
    expect(await connections.removeTopic(connectionId, "room:a", revision)).toBe(true);
    expect(await connections.removeTopic(connectionId, "user:alice", revision)).toBe(false);
    expect((await connections.find(connectionId))?.topics).toEqual(["user:alice"]);
  });

  it("takes so many topics and no more, but always one that it has", async () => {
    const { connections } = stores();
    const connection = newConnection();
    const { connectionId } = connection;
    const most = Array.from({ length: limits.topicsPerConnection }, (_, n) => `room:r${n}`);
    await connections.add(connection, most);
    expect(await connections.addTopic(connectionId, "room:one-more")).toBe("full");
    expect(await connections.addTopic(connectionId, "room:r7")).toBe("added");
    expect((await connections.find(connectionId))?.topics).toHaveLength(most.length);
  });

  describe("remove", () => {
    const added = async (topics: string[]) => {
      const { connections } = stores();
      const connection = newConnection();
      await connections.add(connection, topics);
      const { connectionId } = connection;
      const found = await connections.find(connectionId);
      return { connections, connectionId, revision: found?.revision ?? Number.NaN };
    };

    it.each([
      [[]],
      [["user:alice"]],
      [["user:alice", "room:a"]],
    ])("removes a connection that is as it was found, with topics %j", async (topics) => {
      const { connections, connectionId, revision } = await added(topics);
      expect(await connections.remove(connectionId, revision)).toBe(true);
      expect(await connections.find(connectionId)).toBeUndefined();
    });

    it("keeps a connection that subscribed to something meanwhile", async () => {
      const { connections, connectionId, revision } = await added(["user:alice"]);
      await connections.addTopic(connectionId, "room:a");
      expect(await connections.remove(connectionId, revision)).toBe(false);
      expect((await connections.find(connectionId))?.topics).toContain("room:a");
    });

    it("keeps a connection that exchanged one topic for another meanwhile", async () => {
      const { connections, connectionId, revision } = await added(["room:a"]);
      await connections.removeTopic(connectionId, "room:a", revision);
      await connections.addTopic(connectionId, "room:b");
      expect(await connections.remove(connectionId, revision)).toBe(false);
    });

    it("is done already where there is nothing", async () => {
      const { connections, connectionId, revision } = await added([]);
      await connections.remove(connectionId, revision);
      expect(await connections.remove(connectionId, revision)).toBe(true);
    });
  });
});

describeStores("subscriptions", (stores) => {
  const newTopic = () => `room:${randomUUID()}`;
  const listed = async (topic: string, pageSize?: number) => {
    const pages: Subscription[][] = [];
    for await (const page of stores().subscriptions.list(topic, pageSize)) pages.push(page);
    return pages;
  };

  it("lists who was put, once", async () => {
    const { subscriptions } = stores();
    const topic = newTopic();
    const subscription = { ...newConnection(), topic };
    await subscriptions.put(subscription);
    await subscriptions.put(subscription);
    expect((await listed(topic)).flat()).toEqual([subscription]);
  });

  it("lists who reserved only once that is confirmed", async () => {
    const { subscriptions } = stores();
    const topic = newTopic();
    const subscription = { ...newConnection(), topic };
    const { connectionId } = subscription;
    expect(await subscriptions.isHeard(topic, connectionId)).toBe(false);
    expect(await subscriptions.reserve(subscription)).toBe("reserved");
    expect(await subscriptions.reserve(subscription)).toBe("reserved");
    expect(await subscriptions.isHeard(topic, connectionId)).toBe(false);
    expect((await listed(topic)).flat()).toEqual([]);
    expect(await subscriptions.confirm(topic, connectionId)).toBe(true);
    expect(await subscriptions.confirm(topic, connectionId)).toBe(true);
    expect((await listed(topic)).flat()).toEqual([subscription]);
    expect(await subscriptions.isHeard(topic, connectionId)).toBe(true);
    expect(await subscriptions.reserve(subscription)).toBe("heard");
    expect((await listed(topic)).flat()).toEqual([subscription]);
  });

  it("confirms no reservation that was removed", async () => {
    const { subscriptions } = stores();
    const topic = newTopic();
    const subscription = { ...newConnection(), topic };
    await subscriptions.reserve(subscription);
    expect(await subscriptions.remove(topic, subscription.connectionId)).toBe(true);
    expect(await subscriptions.confirm(topic, subscription.connectionId)).toBe(false);
    expect((await listed(topic)).flat()).toEqual([]);
  });

  it("lists nobody for a topic that nobody is subscribed to", async () => {
    expect((await listed(newTopic())).flat()).toEqual([]);
  });

  it("keeps topics apart whose names begin alike", async () => {
    const { subscriptions } = stores();
    const topic = newTopic();
    await subscriptions.put({ ...newConnection(), topic: `${topic}1` });
    expect((await listed(topic)).flat()).toEqual([]);
  });

  it("says whether there was one to remove", async () => {
    const { subscriptions } = stores();
    const topic = newTopic();
    const subscription = { ...newConnection(), topic };
    await subscriptions.put(subscription);
    expect(await subscriptions.remove(topic, subscription.connectionId)).toBe(true);
    expect(await subscriptions.remove(topic, subscription.connectionId)).toBe(false);
    expect((await listed(topic)).flat()).toEqual([]);
  });

  it("lists expired ones too, for whoever publishes to clean up", async () => {
    const { subscriptions } = stores();
    const topic = newTopic();
    const expired = { ...newConnection(), topic, expiresAtMs: 2_000 };
    await subscriptions.put(expired);
    expect((await listed(topic)).flat()).toEqual([expired]);
  });

  it("lists every page, however small the pages are", async () => {
    const { subscriptions } = stores();
    const topic = newTopic();
    const put = Array.from({ length: 25 }, () => ({ ...newConnection(), topic }));
    await Promise.all(put.map((subscription) => subscriptions.put(subscription)));
    const pages = await listed(topic, 10);
    const found = pages.flat().map(({ connectionId }) => connectionId);
    expect(found.sort()).toEqual(put.map(({ connectionId }) => connectionId).sort());
  });
});
