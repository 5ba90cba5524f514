/**
 * One story that takes every right which the roles grant. Each step stands alone, with users and
 * rooms of its own, and fails when something that it asked for does not happen: so a step can be
 * played again without one of the rights it used, to see whether that is noticed.
 */
import { isDeepStrictEqual } from "node:util";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { routeCosts } from "../../lib/actions/budget.ts";
import { replaceGateways } from "../../lib/adapters/dynamodb/gateways.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { directRoom } from "../../lib/protocol/names.ts";
import { focusTopic, roomTopic, userTopic } from "../../lib/pubsub/topics.ts";
import { localCredentials, localRegion } from "../../local/emulator/database/tables.ts";
import type { Client } from "../support/client.ts";
import { fresh } from "../support/endpoints.ts";
import { logEvent } from "../support/fixtures.ts";
import { act, call } from "../support/http.ts";
import { logOf } from "../support/room.ts";
import { deployedPrefix } from "./localNames.ts";
import { idOf, type Scene, type Step } from "./scene.ts";

export const story: Step[] = [
  {
    title: "says that both tables answer",
    act: async ({ at }) => void (await call("GET /health", { at })),
  },
  {
    title: "connects, joins, looks, shows typing, reads and leaves",
    async act({ join, until }) {
      const room = fresh("room");
      const bob = await join("bob", room);
      const alice = await join("alice", room);
      const online = [alice, bob].map(({ user }) => ({ user, connections: 1 }));
      const { rooms: views } = await bob.request("focused", { action: "focus", rooms: [room] });
      const view = { room, online, reads: [{ user: alice.user, seq: 0, n: 0 }] };
      if (!isDeepStrictEqual(views, [view])) throw new Error("bob does not see the room");
      await until(bob.next("typing"), () =>
        alice.request("typing", { action: "typing", room, on: true }),
      );
      await alice.request("who", { action: "who", room });
      await alice.request("ack", { action: "send", room, text: "read this" });
      const { seq } = await alice.request("read", { action: "read", room, seq: 1 });
      if (seq !== 1) throw new Error("the read position did not move");
      await bob.request("sync", { action: "sync", rooms: { [room]: 0 } });
      await bob.request("focused", { action: "focus", rooms: [] });
      await alice.request("left", { action: "leave", room });
      const { rooms } = await alice.request("welcome", { action: "hello" });
      if (rooms.length > 0) throw new Error("the room was not left");
    },
  },
  {
    title: "makes a private room, invites, accepts, lists and puts out",
    async act({ come }) {
      const [alice, bob] = [await come("alice"), await come("bob")];
      const invite = [bob.user];
      const { room } = await alice.request("created", {
        action: "create",
        visibility: "private",
        invite,
      });
      await bob.next("invited");
      const { invitations } = await bob.request("welcome", { action: "hello" });
      if (invitations.length !== 1) throw new Error("hello does not list the invitation");
      await bob.request("joined", { action: "join", room });
      const { members } = await alice.request("members", { action: "members", room });
      if (members.length !== 2) throw new Error("the room has not two members");
      await alice.request("ack", { action: "send", room, text: "hi all", everyone: true });
      const { mentions } = await bob.request("mentions", { action: "mentions" });
      if (mentions.length !== 1) throw new Error("not everyone was mentioned");
      await alice.request("kicked", { action: "kick", room, user: bob.user });
      await bob.next("left");
      if ((await logOf(room, alice)).length !== 3) throw new Error("the log has not three entries");
    },
  },
  {
    title: "sends to a new direct room",
    async act({ come }) {
      const [alice, bob] = [await come("alice"), await come("bob")];
      await alice.request("ack", { action: "send", to: bob.user, text: "hi" });
      await bob.next("events");
      const room = directRoom(alice.user, bob.user);
      if ((await logOf(room, bob)).length !== 1) throw new Error("the log has not one event");
    },
  },
  {
    title: "sends to a room with an expired connection and one that is gone",
    async act(scene) {
      const { room, alice, gone, cutOff } = await lossyRoom(scene);
      await alice.request("ack", { action: "send", room, text: "who is there?" });
      await cutOff();
      await scene.untilSo(() => scene.isForgotten(gone));
    },
  },
  {
    title: "shows typing to an expired connection and one that is gone",
    async act(scene) {
      const { room, alice, gone, cutOff } = await lossyRoom(scene, focusTopic);
      await scene.until(cutOff(), () =>
        alice.request("typing", { action: "typing", room, on: true }),
      );
      await scene.untilSo(() => scene.isForgotten(gone));
    },
  },
  {
    title: "tells those who look who has disconnected, and forgets who is gone there",
    async act({ join, until, untilSo, ghost, isForgotten }) {
      const room = fresh("room");
      const bob = await join("bob", room);
      const alice = await join("alice", room);
      await bob.request("focused", { action: "focus", rooms: [room] });
      const gone = await ghost(focusTopic(room));
      const offline = bob.next("presence", ({ online }) => !online);
      offline.catch(() => {}); // a step that fails earlier does not wait for it
      await alice.close();
      await untilSo(() => isForgotten(gone));
      await until(offline, async () => (await join("carol", room)).close());
    },
  },
  {
    title: "sends for a connection whose token has expired",
    async act({ at, come, isCutOff }) {
      const alice = await come("alice");
      const connectionId = await idOf(alice);
      await invoke(at.lambdaUrl, "send", {
        body: JSON.stringify({ action: "send", to: alice.user, text: "too late" }),
        requestContext: {
          connectionId,
          connectedAt: Date.now(),
          eventType: "MESSAGE",
          requestId: "expired",
          authorizer: { user: alice.user, expiresAtMs: "1" },
        },
      });
      await isCutOff(alice);
    },
  },
  {
    title: "posts, reads and looks around over HTTP",
    async act({ at, join }) {
      const room = fresh("room");
      const alice = await join("alice", room);
      const request = { at, as: alice.user, room };
      await call("POST /rooms/{room}/messages", { ...request, body: { text: "hi" } });
      await alice.request("edited", { action: "edit", room, seq: 1, text: "hi!" });
      await alice.request("reacted", { action: "react", room, seq: 1, emoji: "👍", on: true });
      const { reactors } = await alice.request("reactors", { action: "reactors", room, seq: 1 });
      if (reactors.length !== 1) throw new Error("the reaction was not kept");
      const { body } = await call("GET /rooms/{room}/events", { ...request, query: "after=2" });
      const [changed] = body.events;
      if (changed?.kind !== "changed" || !changed.now) throw new Error("nothing says what changed");
      await call("GET /rooms/{room}/online", request);
    },
  },
  {
    title: "leads a private room over HTTP",
    async act({ at, come, until }) {
      const [alice, bob] = [await come("alice"), await come("bob")];
      const asAlice = { at, as: alice.user };
      const { room } = (
        await act("create", { ...asAlice, visibility: "private", invite: [bob.user] })
      ).reply;
      const { reply: welcome } = await act("hello", { at, as: bob.user });
      if (welcome.invitations.length !== 1) throw new Error("hello does not list the invitation");
      await act("join", { at, as: bob.user, room });
      await bob.request("sync", { action: "sync", rooms: { [room]: 0 } });
      const { members } = (await act("members", { ...asAlice, room })).reply;
      if (members.length !== 2) throw new Error("the room has not two members");
      await act("send", { at, as: bob.user, room, text: "buy this" });
      const { events } = (await act("history", { ...asAlice, room })).reply;
      await act("report", { ...asAlice, room, seq: events.at(-1)?.seq ?? 0 });
      const { reports } = (await act("reports", { ...asAlice, room })).reply;
      if (reports.length !== 1) throw new Error("the report was not kept");
      await until(bob.next("left"), () => act("kick", { ...asAlice, room, user: bob.user }));
    },
  },
  {
    title: "counts what a user spends over HTTP, once it is much",
    async act({ at, join, tables, untilSo }) {
      const room = fresh("room");
      const { user } = await join("alice", room);
      const asks = limits.budgetShareUnits / routeCosts["GET /rooms/{room}/events"];
      // More than once where a window ends meanwhile.
      await untilSo(async () => {
        const endsAtMs = Math.ceil(Date.now() / limits.budgetWindowMs) * limits.budgetWindowMs;
        for (let asked = 0; asked < asks; asked += 1) {
          await call("GET /rooms/{room}/events", { at, as: user, room });
        }
        return (await tables.spending.add(user, endsAtMs, 0)) >= limits.budgetShareUnits;
      });
    },
  },
  {
    title: "closes and forgets a user's oldest connection, when there is one too many",
    async act({ come, isCutOff, isForgotten, untilSo }) {
      const first = await come("alice");
      const connectionId = await idOf(first);
      for (let more = 0; more < limits.connectionsPerUser; more += 1) await come(first);
      await isCutOff(first);
      await untilSo(() => isForgotten(connectionId));
      const [told] = first.received("disconnect");
      if (told?.code !== "too_many_connections") throw new Error("it was not told why");
    },
  },
  {
    title: "notifies an expired connection and one that is gone",
    async act(scene) {
      const bob = await scene.come("bob");
      const topic = userTopic(bob.user);
      const gone = await scene.ghost(topic);
      await scene.expire(bob, topic);
      const server = { at: scene.at, as: "server", scope: "notices:write", user: bob.user };
      await scene.until(scene.isCutOff(bob), () =>
        call("POST /users/{user}/notices", { ...server, body: { data: 1 } }),
      );
      await scene.untilSo(() => scene.isForgotten(gone));
    },
  },
  {
    title: "chooses a gateway that has room",
    async act({ at, restart, tables }) {
      const gateway = { name: "only", url: "ws://localhost", endpoint: at.managementUrl };
      const listed = { ...gateway, region: localRegion, capacity: 1_000, weight: 1 };
      await replaceGateways(tables.rooms, [{ ...listed, state: "open" }]);
      await restart("http");
      try {
        const { body } = await call("GET /gateway", { at, as: fresh("alice") });
        if (body.gateway !== "only") throw new Error(`${body.gateway} was chosen`);
      } finally {
        await replaceGateways(tables.rooms, []);
        await restart("http");
      }
    },
  },
  {
    title: "hands a room over to the stream that became too large for its sender, and splits it",
    async act(scene) {
      const { room, alice, bob } = await largeRoom(scene, limits.shardConnections);
      await alice.request("ack", { action: "send", room, text: "to many" });
      await bob.next("events");
      const topic = roomTopic(room);
      await scene.untilSo(async () => (await scene.tables.subscriptions.shardsOf(topic)) > 1);
    },
  },
  {
    title: "hands a room over to the stream that became too large for an HTTP request",
    async act(scene) {
      const { room, alice, bob } = await largeRoom(scene, limits.directConnections);
      const request = { at: scene.at, as: alice.user, room, body: { text: "to many" } };
      await call("POST /rooms/{room}/messages", request);
      await bob.next("events");
    },
  },
  {
    title: "delivers from the stream, and gives a room that became small back to its senders",
    async act(scene) {
      const { room, alice, gone, cutOff } = await lossyRoom(scene);
      await scene.tables.log.setDelivery(room, "stream");
      await alice.request("ack", { action: "send", room, text: "by the stream" });
      await cutOff();
      await scene.untilSo(() => scene.isForgotten(gone));
      await scene.untilSo(async () => (await scene.tables.log.tail(room, 1)).delivery === "direct");
    },
  },
  {
    title: "announces a change whose request died, to who is there and no longer there",
    async act(scene) {
      const { room, alice, gone, cutOff } = await lossyRoom(scene);
      const { seq } = await alice.request("ack", { action: "send", to: alice.user, text: "me" });
      const mine = directRoom(alice.user, alice.user);
      await announced(scene, mine, seq, alice);
      await scene.tables.log.put(room, logEvent(1));
      await scene.tables.log.change(room, 1, edited);
      await cutOff();
      await scene.untilSo(() => scene.isForgotten(gone));
    },
  },
  {
    title: "announces such a change by the stream in a room that became too large",
    async act(scene) {
      const { room, bob } = await largeRoom(scene, limits.directConnections);
      await scene.tables.log.put(room, logEvent(1));
      await announced(scene, room, 1, bob);
    },
  },
  {
    title: "deletes what is past its time, with the notes of whom it mentioned",
    async act({ at, come, tables, untilSo }) {
      const room = fresh("room");
      const alice = await come("alice");
      await alice.request("created", { action: "create", visibility: "public", room });
      await tables.log.put(room, logEvent(1, { mentions: [alice.user] }));
      const retentionMs = limits.retentionMsLeast;
      await alice.request("configured", { action: "configure", room, retentionMs });
      const { events } = await alice.request("history", { action: "history", room });
      if (events.some(({ seq }) => seq === 1)) throw new Error("it was read past its time");
      await untilSo(async () => {
        await tables.expiry.putWalk({ beganAtMs: 0 });
        await invoke(at.lambdaUrl, "sweep", {});
        return (await tables.log.find(room, 1)) === undefined;
      });
    },
  },
  {
    title: "delivers from the stream that a message was deleted",
    async act({ join, until, tables }) {
      const room = fresh("room");
      const [alice, bob] = [await join("alice", room), await join("bob", room)];
      await tables.log.setDelivery(room, "stream");
      const told = bob.next("events", ({ events: [first] }) => first?.kind === "changed");
      await until(told, async () => {
        const { seq } = await alice.request("ack", { action: "send", room, text: "gone" });
        await alice.request("deleted", { action: "delete", room, seq });
      });
    },
  },
];

/**
 * A room that alice is in, with a connection that has expired and one that is gone among those who
 * hear it, or look at it.
 */
async function lossyRoom({ join, expire, ghost, isCutOff }: Scene, topicOf = roomTopic) {
  const room = fresh("room");
  const alice = await join("alice", room);
  const bob = await join("bob", room);
  const gone = await ghost(topicOf(room));
  await expire(bob, topicOf(room));
  return { room, alice, gone, cutOff: () => isCutOff(bob) };
}

/** A room with alice, bob, and so many more. */
async function largeRoom({ join, crowd }: Scene, count: number) {
  const room = fresh("room");
  const alice = await join("alice", room);
  const bob = await join("bob", room);
  await crowd(roomTopic(room), count);
  return { room, alice, bob };
}

const edited = { set: { text: "edited" }, remove: [] };

/** Change a message as a request would that dies then, until somebody is told. */
async function announced({ until, tables }: Scene, room: string, seq: number, to: Client) {
  const told = to.next("events", ({ events: [first] }) => first?.kind === "changed");
  await until(told, () => tables.log.change(room, seq, edited));
}

/** As the account's owner. */
export async function invoke(endpoint: string, functionName: string, event: object): Promise<void> {
  const credentials = localCredentials;
  const lambda = new LambdaClient({ endpoint, region: localRegion, credentials, maxAttempts: 1 });
  const FunctionName = deployedPrefix + functionName;
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }),
  );
  lambda.destroy();
  if (FunctionError) throw new Error(`${functionName} failed: ${Payload?.transformToString()}`);
}
