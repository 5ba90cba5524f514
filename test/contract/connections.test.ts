/** What every store of connections promises. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { mapInFlight } from "../../lib/concurrency.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { userTopic } from "../../lib/pubsub/topics.ts";
import { connectionOf } from "../support/fixtures.ts";
import { describeStores } from "./stores.ts";

const newConnection = () => connectionOf("alice", { connectionId: `${randomUUID()}=` });
const roomA = new Map([["room:a", 0]]);

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
    const first = await connections.addTopics(connectionId, new Map([["room:a.b-c", 3]]), 1);
    const shards = new Map([
      ["room:a.b-c", 3],
      ["user:alice", 0],
    ]);
    expect(first).toEqual({ shards, epoch: 0 });
    const more = new Map([
      ["room:a.b-c", 5],
      ["room:d", 7],
    ]);
    const again = await connections.addTopics(connectionId, more, 2);
    expect(again).toEqual({ shards: new Map([...shards, ["room:d", 7]]), epoch: 0 });
    expect((await connections.find(connectionId))?.topics).toEqual(again?.shards);
  });

  it("keeps the topic of a user of any length and any printable characters", async () => {
    const { connections } = stores();
    const user = "__proto__ #\"\\~:/.%'|".padEnd(limits.userCharacters, "$");
    const connection = connectionOf(user, { connectionId: `${randomUUID()}=` });
    const { connectionId } = connection;
    await connections.add(connection, [userTopic(user)]);
    const noted = await connections.addTopics(connectionId, new Map([[userTopic(user), 3]]), 1);
    const topics = new Map([[userTopic(user), 0]]);
    expect(noted).toEqual({ shards: topics, epoch: 0 });
    expect(await connections.confirmTopics(connectionId, topics, 0)).toBe(true);
    expect(await connections.find(connectionId)).toMatchObject({
      connection: { user },
      topics,
      confirmed: new Set([userTopic(user)]),
    });
  });

  it("makes no connection out of a topic", async () => {
    const { connections } = stores();
    const connectionId = randomUUID();
    expect(await connections.addTopics(connectionId, roomA, 9)).toBeUndefined();
    expect(await connections.replaceTopics(connectionId, roomA, [], 0)).toBeUndefined();
    expect(await connections.removeTopic(connectionId, "room:a", 0)).toBe(false);
    expect(await connections.confirmTopics(connectionId, new Map([["room:a", 0]]), 0)).toBe(false);
    expect(await connections.withdrawTopic(connectionId, "room:a", 0, 0)).toBeUndefined();
    expect(await connections.find(connectionId)).toBeUndefined();
  });

  it("says that topics are confirmed, in their shards, until one is withdrawn", async () => {
    const { connections } = stores();
    const connection = newConnection();
    const { connectionId } = connection;
    await connections.add(connection, ["user:alice"]);
    const topics = new Map(Array.from({ length: 20 }, (_, n) => [`room:r${n}`, n]));
    await connections.addTopics(connectionId, topics, 1);
    expect((await connections.find(connectionId))?.confirmed).toEqual(new Set());
    expect(await connections.confirmTopics(connectionId, topics, 0)).toBe(true);
    await connections.addTopics(connectionId, new Map([["room:r7", 0]]), 21);
    const known = await connections.find(connectionId);
    expect(known?.confirmed).toEqual(new Set(topics.keys()));
    expect(known?.topics).toEqual(new Map([["user:alice", 0], ...topics]));

    const revision = known?.revision ?? Number.NaN;
    const { addTopics, withdrawTopic } = connections;
    expect(await withdrawTopic(connectionId, "room:r7", 7, revision)).toBe(1);
    const confirmed = new Set([...topics.keys()].filter((topic) => topic !== "room:r7"));
    expect(await connections.find(connectionId)).toEqual({ ...known, confirmed, epoch: 1 });
    await addTopics(connectionId, new Map([["room:r8", 0]]), 21);
    expect(await withdrawTopic(connectionId, "room:r8", 8, revision)).toBeUndefined();
    expect((await connections.find(connectionId))?.confirmed).toEqual(confirmed);
  });

  it("says nothing of topics when another epoch has begun, or the connection ends", async () => {
    const { connections } = stores();
    const connection = newConnection();
    const { connectionId } = connection;
    await connections.add(connection, ["user:alice", "room:a", "room:b"]);
    await connections.withdrawTopic(connectionId, "room:a", 0, 0);
    const topics = new Map([["room:b", 0]]);
    expect(await connections.confirmTopics(connectionId, topics, 0)).toBe(false);
    expect((await connections.find(connectionId))?.confirmed).toEqual(new Set());
    expect(await connections.confirmTopics(connectionId, topics, 1)).toBe(true);
    await connections.end(connectionId);
    expect(await connections.confirmTopics(connectionId, new Map([["room:a", 0]]), 1)).toBe(false);
    expect((await connections.find(connectionId))?.confirmed).toEqual(new Set(["room:b"]));
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

  it("notes nothing more when it has more topics than are allowed before", async () => {
    const { connections } = stores();
    const connection = newConnection();
    const { connectionId } = connection;
    await connections.add(connection, ["user:alice", "room:b"]);
    expect(await connections.addTopics(connectionId, roomA, 1)).toBeUndefined();
    expect((await connections.find(connectionId))?.topics.size).toBe(2);
    expect((await connections.addTopics(connectionId, roomA, 2))?.shards.size).toBe(3);
    expect(await connections.addTopics(connectionId, new Map([["room:c", 0]]), 2)).toBeUndefined();
  });

  it("replaces topics in one write, at the revision that it was found at", async () => {
    const { connections } = stores();
    const connection = newConnection();
    const { connectionId } = connection;
    await connections.add(connection, ["user:alice", "focus:a", "focus:b"]);
    const { revision = 0 } = (await connections.find(connectionId)) ?? {};
    const { replaceTopics } = connections;
    const wanted = new Map([["focus:c", 0]]);
    const replaced = ["focus:a", "focus:b", "focus:none"];
    expect(await replaceTopics(connectionId, wanted, replaced, revision + 1)).toBeUndefined();
    const shards = new Map([
      ["user:alice", 0],
      ["focus:c", 0],
    ]);
    const noted = await replaceTopics(connectionId, wanted, replaced, revision);
    expect(noted).toEqual({ shards, epoch: 0 });
    expect(await connections.find(connectionId)).toMatchObject({ topics: shards });
    expect(await replaceTopics(connectionId, wanted, replaced, revision)).toBeUndefined();
    const ended = await connections.end(connectionId);
    const last = ended?.revision ?? Number.NaN;
    expect(await replaceTopics(connectionId, new Map(), ["focus:c"], last)).toBeUndefined();
    expect(await connections.find(connectionId)).toEqual(ended);
  });

  it("finds and removes many at once", async () => {
    const { connections } = stores();
    const many = Array.from({ length: 120 }, newConnection);
    // A database that has just started takes its time over more connections at once.
    await mapInFlight(many, 16, (connection) => connections.add(connection, ["user:alice"]));
    const ids = many.map(({ connectionId }) => connectionId);
    const [kept = "", ...removed] = ids;
    const found = await connections.findAll([kept, ...ids, "nobody="]);
    expect(found.map(({ connection }) => connection.connectionId).sort()).toEqual(ids.sort());
    expect(found).toContainEqual({
      connection: many[0],
      topics: new Map([["user:alice", 0]]),
      confirmed: new Set(),
      revision: 0,
      epoch: 0,
      isEnding: false,
    });
    await connections.removeAll([...removed, "nobody="]);
    expect(await connections.findAll(ids)).toHaveLength(1);
    expect(await connections.find(kept)).toBeDefined();
    expect(await connections.findAll([])).toEqual([]);
  });

  it("ends a connection: it gains no topic any more, and can be cleaned up after", async () => {
    const { connections } = stores();
    const connection = newConnection();
    const { connectionId } = connection;
    await connections.add(connection, ["user:alice"]);
    await connections.addTopics(connectionId, new Map([["room:a", 2]]), 1);
    const topics = new Map([
      ["room:a", 2],
      ["user:alice", 0],
    ]);
    const ended = await connections.end(connectionId);
    expect(ended).toMatchObject({ connection, topics, isEnding: true });
    for (const topic of ["room:a", "room:b"]) {
      const noted = await connections.addTopics(connectionId, new Map([[topic, 0]]), 9);
      expect(noted).toBeUndefined();
    }
    expect(await connections.end(connectionId)).toEqual(ended);
    expect(await connections.find(connectionId)).toEqual(ended);
    expect(await connections.findAll([connectionId])).toEqual([ended]);
  });

  it("ends nothing where there is nothing, and makes nothing", async () => {
    const { connections } = stores();
    expect(await connections.end("nobody=")).toBeUndefined();
    expect(await connections.find("nobody=")).toBeUndefined();
  });
});
