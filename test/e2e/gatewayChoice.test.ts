/**
 * Two gateways, each a copy of the service, on one database and one list: whom GET /gateway sends
 * where, and how one of them is emptied while its users talk. The list is in the tables, so the
 * copies are of this file's own; and it is kept for some seconds, so changes are waited for. They
 * are of the two kinds, hold message requests and keep names of rooms, as the copy that all files
 * share does not.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askGateway } from "../../client/askGateway.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { directRoom } from "../../lib/protocol/names.ts";
import { freePorts, killAll } from "../local/processes.ts";
import { hasChromium, startChromium } from "../support/chromium.ts";
import { connect } from "../support/client.ts";
import { type Copy, fresh, startCopy } from "../support/endpoints.ts";
import { follower } from "../support/follower.ts";
import { act, call, refused } from "../support/http.ts";
import { manageGateways } from "../support/operator.ts";
import { heardBy, hears } from "../support/room.ts";
import { join as joinRoom, newPerson, signIn } from "../web/person.ts";

const route = "GET /gateway";
const folder = mkdtempSync(join(tmpdir(), "parley-gateways-"));
const file = join(folder, "gateways.json");

let one: Copy;
let other: Copy;
let browser: Browser | undefined;

beforeAll(async () => {
  const settings = ["--message-requests", "--reserved", "official-*"];
  one = await startCopy(["--gateway", "offline", ...settings]);
  const port = await freePorts();
  write({}, {}, { url: `ws://localhost:${port + 1}`, endpoint: `http://localhost:${port + 1}` });
  const options = ["--port", String(port), "--dynamodb", one.databaseUrl, "--gateways", file];
  other = await startCopy([...options, "--gateway", "faithful", ...settings]);
});

afterAll(async () => {
  await browser?.close();
  await killAll();
});

function write(ones: object, others: object, place: object = placeOf(other)): void {
  const gateways = [
    { name: "one", ...placeOf(one), ...ones },
    { name: "other", ...place, ...others },
  ];
  writeFileSync(file, JSON.stringify(gateways));
}

function placeOf({ websocketUrl }: Copy) {
  return { url: websocketUrl, endpoint: websocketUrl.replace("ws:", "http:") };
}

/** `npm run gateways`, on the first copy's tables. */
const manage = (...args: string[]) => manageGateways(new URL(one.httpUrl).port, ...args);

/** Until no instance of a function keeps the list of before. */
async function applyEverywhere(): Promise<void> {
  await manage("apply", file);
  await delay(limits.gatewaysKeptMs);
}

async function gatewayOf(user: string, at = one, query?: string): Promise<string> {
  const { body } = await call(route, { as: user, at, ...(query !== undefined && { query }) });
  expect(body.url).toBe((body.gateway === "one" ? one : other).websocketUrl);
  return body.gateway;
}

async function urlOf(user: string): Promise<string> {
  return (await call(route, { as: user, at: one })).body.url;
}

async function userOf(gateway: string): Promise<string> {
  for (;;) {
    const user = fresh("alice");
    if ((await gatewayOf(user)) === gateway) return user;
  }
}

describe("a stranger's first message", () => {
  /** Bob, with a device on each gateway, and somebody who never wrote to him. */
  async function strangers(name: string) {
    const bob = await connect(fresh("bob"), { at: one });
    const laptop = await connect(bob.user, { at: other });
    const stranger = await connect(fresh(name), { at: one });
    const room = directRoom(stranger.user, bob.user);
    const say = (text: string) => ({ action: "send", room, text }) as const;
    return { bob, laptop, devices: [bob, laptop], stranger, room, say };
  }

  it("waits on every gateway, alone, until the recipient accepts it by HTTP", async () => {
    const { bob, laptop, devices, stranger, room, say } = await strangers("alice");
    await stranger.request("ack", say("first"));
    const invited = { type: "invited", room, user: bob.user, by: stranger.user };
    for (const device of devices) expect(await device.next("invited")).toEqual(invited);
    const { reply: welcome } = await act("hello", { as: bob.user, at: other });
    expect(welcome).toMatchObject({ rooms: [], invitations: [{ room, by: stranger.user }] });
    const { body } = await call("GET /rooms/{room}/events", { as: bob.user, room, at: other });
    expect(body.events).toMatchObject([{ text: "first", from: stranger.user }]);

    const more = { as: stranger.user, room, at: other, body: { text: "second" } };
    const refusal = await stranger.request("error", say("second"));
    expect(refusal).toMatchObject({ code: "forbidden", retryable: false });
    for (const [route, asked] of [
      ["POST /rooms/{room}/messages", more],
      ["POST /actions/{action}", { ...more, action: "send", body: { room, text: "second" } }],
    ] as const) {
      const { code, message } = await refused(route, asked);
      expect({ code, message }).toEqual({ code: refusal.code, message: refusal.message });
    }

    const joined = await act("join", { as: bob.user, room, at: other });
    expect(joined).toMatchObject({ status: 200, reply: { seq: 1, n: 1, online: 1 } });
    for (const device of devices) expect(await device.next("joined")).toEqual(joined.reply);
    await stranger.request("ack", say("third"));
    for (const device of devices) await hears(device, "third");
    await laptop.request("ack", say("hello, stranger"));
    for (const device of [bob, stranger]) await hears(device, "hello, stranger");
    expect(heardBy(bob)).toEqual(["third", "hello, stranger"]);
    expect(heardBy(laptop)).toEqual(["third"]);
  });

  it("is declined on all devices, and taken after all when the recipient writes", async () => {
    const { bob, laptop, devices, stranger, room, say } = await strangers("carol");
    const first = { as: stranger.user, at: other, to: bob.user, text: "first", cid: "first" };
    expect((await act("send", first)).status).toBe(201);
    const waiting = await stranger.request("error", say("second"));
    await laptop.request("declined", { action: "decline", room });
    expect(await bob.next("declined")).toEqual({ type: "declined", room });
    const { id: _, ...declined } = await stranger.request("error", say("second"));
    expect(waiting).toMatchObject(declined);
    const again = await act("send", first);
    expect(again).toMatchObject({ status: 200, reply: { seq: 1, duplicate: true } });
    expect((await bob.request("error", { action: "join", room })).code).toBe("not_member");

    await bob.request("ack", say("who are you?"));
    for (const device of [laptop, stranger]) await hears(device, "who are you?");
    await stranger.request("ack", say("third"));
    for (const device of devices) await hears(device, "third");
    expect(heardBy(bob)).toEqual(["third"]);
    expect(heardBy(laptop)).toEqual(["who are you?", "third"]);
  });

  it("does not wait when a server of the operator's sends it", async () => {
    const { bob, devices } = await strangers("dan");
    const server = { as: fresh("server"), scope: "rooms:admin", at: other };
    await act("send", { ...server, to: bob.user, text: "welcome" });
    for (const device of devices) {
      await hears(device, "welcome");
      expect(device.received("invited")).toEqual([]);
    }
  });
});

it("keeps reserved names for the operator's servers, on every gateway", async () => {
  const room = fresh("official");
  for (const at of [one, other]) {
    const alice = await connect(fresh("alice"), { at });
    const make = { action: "create", visibility: "public", room } as const;
    for (const ask of [make, { action: "join", room } as const]) {
      expect(await alice.request("error", ask)).toMatchObject({ code: "forbidden" });
    }
  }
  const server = { as: fresh("server"), scope: "rooms:admin", at: other };
  expect((await act("create", { ...server, visibility: "public", room })).status).toBe(201);
  for (const at of [one, other]) {
    const bob = await connect(fresh("bob"), { at });
    await bob.request("joined", { action: "join", room });
  }
});

it("spreads users over both, the same way whichever is asked", async () => {
  const users = Array.from({ length: 30 }, () => fresh("user"));
  const chosen = await Promise.all(users.map((user) => gatewayOf(user)));
  expect(await Promise.all(users.map((user) => gatewayOf(user, other)))).toEqual(chosen);
  expect(new Set(chosen)).toEqual(new Set(["one", "other"]));
});

it("gives another one to who says which failed, in either way to say it", async () => {
  const user = await userOf("one");
  expect(await gatewayOf(user, one, "failed=one")).toBe("other");
  expect(await gatewayOf(user, one, "failed=gone-since,one")).toBe("other");
  expect(await gatewayOf(user, one, "failed=one,other")).toBe("one");
});

it.each([
  "failed=",
  `failed=${Array(limits.failedGateways + 1)
    .fill("a")
    .join()}`,
  "fialed=one",
])("refuses the query %s", async (query) => {
  expect(await refused(route, { as: fresh("alice"), at: one, query })).toMatchObject({
    code: "bad_request",
  });
});

it("empties a draining gateway, whose users miss nothing elsewhere (promise 4)", async () => {
  const room = fresh("room");
  const alice = await follower(await userOf("one"), room, { url: askGateway(one.httpUrl) });
  const bob = await follower(await userOf("other"), room, { url: askGateway(other.httpUrl) });
  expect(await manage("drain", "one")).toContain("unable to drain one; it is open");

  const said = Array.from({ length: 12 }, (_, index) => `message ${index}`);
  let isDrained = false;
  const talk = (async () => {
    for (const text of said) {
      await bob.room.send(text);
      // The second half waits until the connection has been told to go.
      while (text === said[5] && alice.places.length < 2 && !isDrained) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  })();
  write({ state: "draining" }, {});
  expect(await manage("apply", file)).toBe("2 gateways, of which 1 draining\n");
  expect(await manage("drain", "one", "--per-second", "1")).toContain("one is empty: 1 told");
  isDrained = true;
  await talk;

  while (alice.texts.length < said.length) await new Promise((next) => setImmediate(next));
  expect(alice.texts).toEqual(said);
  expect(alice.places).toEqual(["one", "other"]);
  expect(bob.places).toEqual(["other"]);
  expect(await manage("list")).toMatch(
    /^one {2}draining {2}weight 1 {2}0 connections.*\nother {2}open {2}weight 1 {2}2 connections/,
  );
});

it("sends nobody to a full gateway, and says when to ask again once all are", async () => {
  await follower(fresh("alice"), fresh("room"), { url: askGateway(one.httpUrl) });
  write({ state: "draining" }, { capacity: 1 });
  await manage("apply", file);
  const ask = () => gatewayOf(fresh("user")).catch(() => "none");
  while ((await ask()) !== "none");
  const { code, headers } = await refused(route, { as: fresh("user"), at: one });
  expect(code).toBe("unavailable");
  expect(headers.get("retry-after")).toBe("10");
});

it("says in a line what is wrong with a file, and applies none of it", async () => {
  write({ weight: 2 }, { wieght: 2 });
  expect(await manage("apply", file)).toBe(
    `unable to read ${file}; in other, unknown field wieght\n`,
  );
  expect(await manage("list")).toContain("one  draining  weight 1");
});

/** As of `/gateway`, by the addresses of those who connected there. */
const namesOf = (urls: readonly string[]) =>
  urls
    .map((url) => new URL(url).port)
    .map((port) => {
      const isOne = port === new URL(one.websocketUrl).port;
      return isOne ? "one" : port === new URL(other.websocketUrl).port ? "other" : "gone";
    });

it.runIf(hasChromium)("has users of the page where they belong, and takes them on", async () => {
  browser = await startChromium();
  const pageUrl = `http://localhost:${Number(new URL(other.httpUrl).port) + 4}`;
  const room = fresh("room");
  const arrive = async (user: string) => {
    const person = await newPerson(browser as Browser);
    const dialled: string[] = [];
    person.page.on("websocket", (socket) => dialled.push(socket.url()));
    await signIn(person.page, pageUrl, user);
    await joinRoom(person, room);
    return { ...person, dialled };
  };
  write({}, {});
  await applyEverywhere();
  const [first, second] = [await userOf("one"), await userOf("other")];
  const alice = await arrive(first);
  const bob = await arrive(second);
  await alice.say("from one");
  await bob.message("from one").waitFor();
  expect(namesOf([...alice.dialled, ...bob.dialled])).toEqual(["one", "other"]);

  write({ state: "draining" }, {});
  await manage("apply", file);
  await manage("drain", "one");
  await expect.poll(() => namesOf(alice.dialled)).toEqual(["one", "other"]);
  await alice.page.getByText("Connected", { exact: true }).waitFor();
  await bob.say("from other");
  await alice.message("from other").waitFor();
  expect([...alice.complaints, ...bob.complaints]).toEqual([]);

  // Where nobody answers, the next one is asked for.
  const gone = `ws://localhost:${await freePorts()}`;
  write({ url: gone }, {});
  await applyEverywhere();
  expect(await urlOf(first)).toBe(gone);
  const again = await arrive(first);
  expect(namesOf(again.dialled)).toEqual(["gone", "other"]);
});
