/**
 * What people do on three gateways, while all goes well. Each test is a story, told in
 * docs/scenarios.md under the same title; users and rooms are a story's own.
 */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { directRoom } from "../../lib/protocol/names.ts";
import type { ServerFrame } from "../../lib/protocol/serverFrames.ts";
import { developmentToken } from "../../local/tokens.ts";
import { type Client, connect, open } from "../support/client.ts";
import { fresh } from "../support/endpoints.ts";
import { follower } from "../support/follower.ts";
import { call, refused } from "../support/http.ts";
import { heardBy, hears, logOf, look, member } from "../support/room.ts";
import { type Gateway, type Gateways, startGateways } from "./gateways.ts";

let gateways: Gateways<"one" | "two" | "three">;

beforeAll(async () => {
  gateways = await startGateways("one", "two", "three");
});

afterAll(() => gateways.end());

/** `client` is told that a user came to a room, or went. */
function sees(client: Client, user: string, online: boolean): Promise<ServerFrame<"presence">> {
  return client.next("presence", (frame) => frame.user === user && frame.online === online);
}

/** It says that it is one user's, and another one's signature is on it. */
async function forgedToken(user: string, signer: string): Promise<string> {
  const [header, payload] = (await developmentToken(user)).split(".");
  const [, , signature] = (await developmentToken(signer)).split(".");
  return [header, payload, signature].join(".");
}

it("two users on two servers talk as if on one", async () => {
  const { one, two } = gateways.named;
  const room = fresh("room");
  const alice = await member("alice", room, one);
  await look(room, alice);
  const bob = await member("bob", room, two);
  await sees(alice, bob.user, true);

  const said = ["hi Bob", "hi Alice", "are you on my server?", "does it matter?"];
  for (const [index, text] of said.entries()) {
    const [speaker, listener] = index % 2 === 0 ? [alice, bob] : [bob, alice];
    await speaker.request("ack", { action: "send", room, text });
    expect(await hears(listener, text)).toMatchObject({ seq: index + 1, from: speaker.user });
  }
  await bob.request("ack", { action: "send", to: alice.user, text: "between us" });
  await hears(alice, "between us");
  for (const client of [alice, bob]) {
    expect((await logOf(room, client)).map(({ text }) => text)).toEqual(said);
  }
});

it("a user logs off in mid-conversation, and comes back to what was said", async () => {
  const { one, two, three } = gateways.named;
  const room = fresh("room");
  const alice = await member("alice", room, one);
  const carol = await member("carol", room, two);
  const bob = await follower(fresh("bob"), room, { url: two.websocketUrl });
  await alice.request("ack", { action: "send", room, text: "who is in for lunch?" });
  await expect.poll(() => bob.texts).toEqual(["who is in for lunch?"]);

  await look(room, alice, carol);
  bob.client.close();
  for (const client of [alice, carol]) await sees(client, bob.user, false);
  await carol.request("ack", { action: "send", room, text: "I am" });
  await alice.request("ack", { action: "send", room, text: "and Bob?" });
  await alice.request("ack", { action: "send", to: bob.user, text: "lunch?" });
  await hears(alice, "I am");
  await hears(carol, "and Bob?");

  const back = await follower(bob.user, room, { url: three.websocketUrl, after: bob.room.cursor });
  for (const client of [alice, carol]) await sees(client, bob.user, true);
  await expect.poll(() => back.texts).toEqual(["I am", "and Bob?"]);
  const { rooms } = await back.client.request("hello", {});
  expect(rooms).toMatchObject([
    { room: directRoom(alice.user, bob.user), unread: 1 },
    { room, unread: 3 },
  ]);
  await back.room.send("coming");
  for (const client of [alice, carol]) {
    await hears(client, "coming");
    const types = new Set(client.frames.map(({ type }) => type));
    expect([...types].sort()).toEqual(["ack", "events", "focused", "joined", "presence"]);
  }
});

it("a client that polls takes part without listening", async () => {
  const { one, two, three } = gateways.named;
  const room = fresh("room");
  const alice = await member("alice", room, one);
  const paul = fresh("paul");
  await using once = await open(paul, { at: two });
  await once.request("joined", { action: "join", room });
  await once.close();

  let after = 0;
  const poll = async (at: Gateway) => {
    const query = `after=${after}&limit=2`;
    const { body } = await call("GET /rooms/{room}/events", { as: paul, room, query, at });
    after = body.events.at(-1)?.seq ?? after;
    return { texts: body.events.map(({ text }) => text), more: body.more };
  };
  const say = (text: string) => alice.request("ack", { action: "send", room, text });

  await say("one");
  expect(await poll(two)).toEqual({ texts: ["one"], more: false });
  expect(await poll(three)).toEqual({ texts: [], more: false });

  // The first answer is lost, so Paul asks again elsewhere: the message is there once.
  const message = { as: paul, room, body: { text: "two" }, headers: { "idempotency-key": "2" } };
  const route = "POST /rooms/{room}/messages";
  const first = await call(route, { ...message, at: two });
  const second = await call(route, { ...message, at: three });
  expect([first.status, second.status]).toEqual([201, 200]);
  expect(second.body).toEqual(first.body);
  expect(await hears(alice, "two")).toMatchObject({ from: paul, seq: 2 });

  for (const text of ["three", "four"]) await say(text);
  expect(await poll(one)).toEqual({ texts: ["two", "three"], more: true });
  expect(await poll(three)).toEqual({ texts: ["four"], more: false });
  expect(await poll(two)).toEqual({ texts: [], more: false });
});

it("an HTTP request to any copy reaches a device on any other", async () => {
  const bob = fresh("bob");
  const user = fresh("alice");
  const room = directRoom(user, bob);
  const devices = await Promise.all(gateways.all.map((at) => connect(user, { at })));
  for (const at of gateways.all) {
    const notice = { as: "server", scope: "notices:write", user, body: { data: at.name }, at };
    const { body } = await call("POST /users/{user}/notices", notice);
    expect(body).toEqual({ delivered: devices.length, gone: 0 });
    const text = `by ${at.name}`;
    await call("POST /rooms/{room}/messages", { as: bob, room, body: { text }, at });
    for (const device of devices) {
      await device.next("notice", ({ data }) => data === at.name);
      expect(await hears(device, text)).toMatchObject({ from: bob });
    }
  }
});

it("private and broadcast messages carry the user of the token, and go no further", async () => {
  const { one, two, three } = gateways.named;
  const room = fresh("room");
  const alice = await member("alice", room, one);
  const bob = await member("bob", room, two);
  const tablet = await connect(bob.user, { at: three });
  const carol = await member("carol", room, three);
  await tablet.request("sync", { action: "sync", rooms: { [room]: 0 } });

  const post = (to: string, text: string) =>
    call("POST /rooms/{room}/messages", { as: alice.user, room: to, body: { text }, at: two });
  await post(directRoom(alice.user, bob.user), "for Bob");
  await post(room, "for all");
  for (const device of [bob, tablet]) {
    for (const text of ["for Bob", "for all"]) {
      expect(await hears(device, text)).toMatchObject({ from: alice.user });
    }
  }
  await hears(carol, "for all");
  await carol.settled();
  expect(heardBy(carol)).toEqual(["for all"]);

  const forged = { action: "send", room, text: "hi", from: alice.user } as const;
  expect(await carol.request("error", forged)).toMatchObject({ code: "bad_request" });
  const token = await forgedToken(alice.user, carol.user);
  await expect(connect(alice.user, { at: one, token })).rejects.toThrow("401");
  const message = { token, room, body: { text: "hi" }, at: one };
  const refusal = await refused("POST /rooms/{room}/messages", message);
  expect(refusal).toMatchObject({ code: "unauthorized" });
  const mallory = await connect(fresh("mallory"), { at: two });
  for (const to of [room, directRoom(alice.user, bob.user)]) {
    const code = to === room ? "not_member" : "forbidden";
    const intrusion = { action: "send", room: to, text: "hi" } as const;
    expect(await mallory.request("error", intrusion)).toMatchObject({ code });
  }
  expect(mallory.received("events")).toEqual([]);
});

it("a room with members on every gateway sees who comes, who goes and what is said", async () => {
  const room = fresh("room");
  const members: Client[] = [];
  for (const at of [...gateways.all, ...gateways.all]) {
    const newcomer = await member(`on-${at.name}`, room, at);
    for (const earlier of members) await sees(earlier, newcomer.user, true);
    await look(room, newcomer);
    members.push(newcomer);
  }
  for (const speaker of members) {
    const text = `${speaker.user} is here`;
    await speaker.request("ack", { action: "send", room, text });
    for (const other of members) if (other !== speaker) await hears(other, text);
  }

  const [leavers, stayers] = [members.slice(0, 3), members.slice(3)];
  for (const leaver of leavers) {
    await leaver.request("left", { action: "leave", room });
    for (const stayer of stayers) await sees(stayer, leaver.user, false);
  }
  const last = { as: stayers[0]?.user ?? "", room, body: { text: "who is left?" } };
  await call("POST /rooms/{room}/messages", { ...last, at: gateways.named.one });
  for (const stayer of stayers) await hears(stayer, "who is left?");
  for (const leaver of leavers) {
    await leaver.settled();
    expect(heardBy(leaver)).not.toContain("who is left?");
  }
});

it("12 clients that come 500 ms apart each get their own message, and the broadcast", async () => {
  // The scenario's own clock: nothing is waited for.
  const [comingEveryMs, sayingEveryMs] = [500, 200];
  const room = fresh("room");
  const clients: Client[] = [];
  for (const at of [...gateways.all, ...gateways.all, ...gateways.all, ...gateways.all]) {
    clients.push(await member("client", room, at));
    await pause(comingEveryMs);
  }
  expect(clients).toHaveLength(12);
  const speaker = await member("speaker", room, gateways.named.one);
  for (const { user } of clients) {
    await speaker.request("ack", { action: "send", to: user, text: `for ${user}` });
    await pause(sayingEveryMs);
  }
  await speaker.request("ack", { action: "send", room, text: "for all" });
  for (const client of clients) {
    for (const text of [`for ${client.user}`, "for all"]) await hears(client, text);
    await client.settled();
    expect(heardBy(client)).toHaveLength(2);
  }
});
