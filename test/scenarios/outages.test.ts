/**
 * What happens to those who talk while a gateway is emptied, hangs or dies, and the database too.
 * Each test is a story, told in docs/scenarios.md under the same title. The clients are programs
 * built on client/, which come back by themselves; so that a story begins with everybody in their
 * places, it asks which users belong where.
 */
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { askGateway } from "../../client/askGateway.ts";
import type { Client } from "../support/client.ts";
import { fresh } from "../support/endpoints.ts";
import { type Follower, follower } from "../support/follower.ts";
import { call, refused } from "../support/http.ts";
import { hears, member } from "../support/room.ts";
import { type Gateway, type Gateways, startGateways } from "./gateways.ts";

let gateways: Gateways<"one" | "two" | "three">;

beforeAll(async () => {
  gateways = await startGateways("one", "two", "three");
  await gateways.list({ one: {}, two: {}, three: {} });
});

afterAll(() => gateways.end());

/** Where GET /gateway sends a user. */
async function placeOf(user: string): Promise<string> {
  const { body } = await call("GET /gateway", { as: user, at: gateways.named.one });
  return body.gateway;
}

async function userOf({ name }: Gateway): Promise<string> {
  for (;;) {
    const user = fresh("user");
    if ((await placeOf(user)) === name) return user;
  }
}

/** A program on this gateway, which asks for another one when it is lost there. */
async function programOn(gateway: Gateway, room: string): Promise<Follower> {
  return follower(await userOf(gateway), room, { url: askGateway(gateways.httpUrls) });
}

async function allOf(room: string, as: string, at: Gateway): Promise<string[]> {
  const request = { as, room, query: "limit=100", at };
  const { body } = await call("GET /rooms/{room}/events", request);
  return body.events.map(({ text }) => text ?? "");
}

it("a gateway is emptied in waves while its users talk", async () => {
  const { one, two, three } = gateways.named;
  const room = fresh("room");
  const movers: Follower[] = [];
  for (let count = 0; count < 5; count += 1) movers.push(await programOn(three, room));
  const speaker = await programOn(one, room);
  const listener = await programOn(two, room);

  onTestFinished(() => gateways.list({ one: {}, two: {}, three: {} }));
  await gateways.list({ one: {}, two: {}, three: { state: "draining" } });
  const said: string[] = [];
  let isEmpty = false;
  const talking = (async () => {
    while (!isEmpty) {
      const text = `message ${said.length}`;
      await speaker.room.send(text);
      said.push(text);
    }
  })();
  const told = await gateways.manage("drain", "three", "--per-second", "2");
  isEmpty = true;
  await talking;

  const waves = [2, 4, 5].map((count) => `${count} told, 0 gone, 0 not reached`);
  expect(told.trim().split("\n")).toEqual([...waves, `three is empty: ${waves.at(-1)}`]);
  for (const { texts } of [...movers, listener]) await expect.poll(() => texts).toEqual(said);
  for (const { user, places, changes } of movers) {
    const [reason] = changes.flatMap((change) => change.reason ?? []);
    expect(reason).toMatchObject({ code: "draining", retryable: true });
    expect(places[0]).toBe("three");
    expect(places.slice(1).join()).toMatch(/^(one|two)/);
    expect(places.lastIndexOf("three")).toBe(0);
    expect(await placeOf(user)).not.toBe("three");
  }
  expect(listener.changes.at(-1)?.status).toBe("live");
  expect(listener.places).toEqual(["two"]);
});

it("a frozen or dead gateway keeps nothing from those on the others", async () => {
  const { one, two, three } = gateways.named;
  const room = fresh("room");
  const awake: Client[] = [];
  for (const at of [one, one, one, two, two, two]) awake.push(await member("awake", room, at));
  const lost: Follower[] = [];
  for (let count = 0; count < 3; count += 1) lost.push(await programOn(three, room));
  const said: string[] = [];
  /** Everybody awake hears each message before the next one is sent. */
  const talk = async (when: string) => {
    for (const speaker of awake) {
      const text = `${speaker.user} ${when}`;
      await speaker.request("ack", { action: "send", room, text });
      said.push(text);
      for (const other of awake) if (other !== speaker) await hears(other, text);
    }
    const text = `by HTTP ${when}`;
    const message = { as: awake[0]?.user ?? "", room, body: { text }, at: two };
    expect(await call("POST /rooms/{room}/messages", message)).toMatchObject({ status: 201 });
    said.push(text);
    for (const other of awake) await hears(other, text);
  };

  onTestFinished(() => three.thaw());
  three.freeze();
  await talk("while it is frozen");
  expect(lost.flatMap(({ texts }) => texts)).toEqual([]);
  three.thaw();
  // What was posted there is late or lost. What comes next shows that something is missing.
  await awake[0]?.request("ack", { action: "send", room, text: "good morning" });
  said.push("good morning");
  for (const { texts } of lost) await expect.poll(() => texts).toEqual(said);

  onTestFinished(() => three.start());
  await three.kill();
  await talk("while it is dead");
  for (const { texts, places } of lost) {
    await expect.poll(() => texts).toEqual(said);
    expect(places.at(-1)).not.toBe("three");
  }
});

it("what was said survives the death of each instance, the database too", async () => {
  const room = fresh("room");
  const people: Follower[] = [];
  for (const gateway of gateways.all) people.push(await programOn(gateway, room));
  const said: string[] = [];
  /** All say something at this moment, and are told at last that it is kept. */
  const saying = (when: string) =>
    people.map(async ({ room }, index) => {
      const text = `${index} ${when}`;
      said.push(text);
      await room.send(text);
    });

  onTestFinished(async () => {
    for (const instance of [gateways.database, ...gateways.all]) await instance.start();
  });
  for (const gateway of gateways.all) {
    const sent = saying(`while ${gateway.name} dies`);
    await gateway.kill();
    await Promise.all([...sent, ...saying(`while ${gateway.name} is dead`)]);
    await gateway.start();
  }
  expect(people.map(({ places }) => new Set(places).size > 1)).toEqual([true, true, true]);

  const sent = saying("while the database dies");
  await gateways.database.kill();
  for (const at of gateways.all) {
    expect(await refused("GET /health", { at })).toMatchObject({ code: "unavailable" });
  }
  sent.push(...saying("while the database is dead"));
  await gateways.database.start();
  await Promise.all(sent);

  const log = await allOf(room, people[0]?.user ?? "", gateways.named.one);
  expect(log.toSorted()).toEqual(said.toSorted());
  for (const [index, { user, texts }] of people.entries()) {
    await expect.poll(() => texts).toEqual(log);
    const at = gateways.all[index] ?? gateways.named.one;
    expect(await allOf(room, user, at)).toEqual(log);
  }
});
