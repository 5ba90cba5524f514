/** What every store of connections promises. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
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
      topics: new Map([["user:alice", 0]]),
    });
    expect(await connections.find("nobody=")).toBeUndefined();
  });

  it("notes a topic once, in the shard that it first got, however often it is added", async () => {
    const { connections } = stores();
    const connection = newConnection();
    const { connectionId } = connection;
    await connections.add(connection, ["user:alice"]);
    expect(await connections.addTopic(connectionId, "room:a.b-c", 3)).toEqual({ shard: 3 });
    expect(await connections.addTopic(connectionId, "room:a.b-c", 5)).toEqual({ shard: 3 });
    const found = await connections.find(connectionId);
    expect(found?.topics).toEqual(
      new Map([
        ["room:a.b-c", 3],
        ["user:alice", 0],
      ]),
    );
  });

  it("makes no connection out of a topic", async () => {
    const { connections } = stores();
    const connectionId = randomUUID();
    expect(await connections.addTopic(connectionId, "room:a", 0)).toBe("unknown");
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
    expect((await connections.find(connectionId))?.topics).toEqual(new Map([["user:alice", 0]]));
  });

  it("takes so many topics and no more, but always one that it has", async () => {
    const { connections } = stores();
    const connection = newConnection();
    const { connectionId } = connection;
    const most = Array.from({ length: limits.topicsPerConnection }, (_, n) => `room:r${n}`);
    await connections.add(connection, most);
    expect(await connections.addTopic(connectionId, "room:one-more", 0)).toBe("full");
    expect(await connections.addTopic(connectionId, "room:r7", 0)).toEqual({ shard: 0 });
    expect((await connections.find(connectionId))?.topics.size).toBe(most.length);
  });

  it("finds and removes many at once", async () => {
    const { connections } = stores();
    const many = Array.from({ length: 120 }, newConnection);
    await Promise.all(many.map((connection) => connections.add(connection, ["user:alice"])));
    const ids = many.map(({ connectionId }) => connectionId);
    const [kept = "", ...removed] = ids;
    const found = await connections.findAll([...ids, kept, "nobody="]);
    expect(found.map(({ connection }) => connection.connectionId).sort()).toEqual(ids.sort());
    expect(found).toContainEqual({
      connection: many[0],
      topics: new Map([["user:alice", 0]]),
      revision: 0,
    });
    await connections.removeAll([...removed, "nobody="]);
    expect(await connections.findAll(ids)).toHaveLength(1);
    expect(await connections.find(kept)).toBeDefined();
    expect(await connections.findAll([])).toEqual([]);
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
      await connections.addTopic(connectionId, "room:a", 0);
      expect(await connections.remove(connectionId, revision)).toBe(false);
      expect((await connections.find(connectionId))?.topics.has("room:a")).toBe(true);
    });

    it("keeps a connection that exchanged one topic for another meanwhile", async () => {
      const { connections, connectionId, revision } = await added(["room:a"]);
      await connections.removeTopic(connectionId, "room:a", revision);
      await connections.addTopic(connectionId, "room:b", 0);
      expect(await connections.remove(connectionId, revision)).toBe(false);
    });

    it("is done already where there is nothing", async () => {
      const { connections, connectionId, revision } = await added([]);
      await connections.remove(connectionId, revision);
      expect(await connections.remove(connectionId, revision)).toBe(true);
    });
  });
});
