/**
 * Two gateways, each a copy of the service, on one database: it does not matter who is connected
 * where (promise 11), nor what becomes of a copy or of its database while it works (promise 10).
 * The second copy reaches the database through a proxy that has the failures to order, and in the
 * last test it dies.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killAll } from "../local/processes.ts";
import { connect } from "../support/client.ts";
import { type Copy, fresh, shared, startCopy } from "../support/endpoints.ts";
import { call, refused } from "../support/http.ts";
import { logOf, look, pushedTo, untilPushed } from "../support/room.ts";
import { onlySynced } from "../support/syncReply.ts";
import { type TableProxy, type TableRequest, tableProxy } from "../support/tableProxy.ts";

let proxy: TableProxy;
let other: Copy;

beforeAll(async () => {
  proxy = await tableProxy(shared().databaseUrl);
  other = await startCopy(["--dynamodb", proxy.url]);
});

afterAll(async () => {
  await killAll();
  await proxy[Symbol.asyncDispose]();
});

/** Alice is here, bob is on the other gateway, and both are in a room. */
async function aliceHereBobThere() {
  const room = fresh("room");
  const alice = await connect(fresh("alice"));
  const bob = await connect(fresh("bob"), { at: other });
  for (const client of [alice, bob]) await client.request("joined", { action: "join", room });
  return { room, alice, bob };
}

const isPutInto = (room: string) => (request: TableRequest) =>
  request.operation === "PutItem" && request.body.includes(`LOG#${room}`);

describe("users on two gateways (promise 11)", () => {
  it("reach each other in rooms, directly, and with all that passes", async () => {
    const { room, alice, bob } = await aliceHereBobThere();
    await look(room, alice);
    const carol = await connect(fresh("carol"), { at: other });
    await carol.request("joined", { action: "join", room });
    expect(await alice.next("presence")).toMatchObject({ user: carol.user, online: true });
    await carol.close();
    expect(await alice.next("presence")).toMatchObject({ user: carol.user, online: false });
    const { online } = await alice.request("who", { action: "who", room });
    expect(online.map(({ user }) => user)).toEqual([alice.user, bob.user]);

    await alice.request("ack", { action: "send", room, text: "hi" });
    expect(await bob.next("events")).toMatchObject({ room, events: [{ text: "hi" }] });
    await bob.request("ack", { action: "send", to: alice.user, text: "hello" });
    expect(await alice.next("events")).toMatchObject({ events: [{ from: bob.user }] });
    await bob.request("typing", { action: "typing", room, on: true });
    expect(await alice.next("typing")).toMatchObject({ user: bob.user });
    await bob.request("read", { action: "read", room, seq: 1 });
    expect(await alice.next("read")).toMatchObject({ user: bob.user, seq: 1 });
    await bob.close();
    expect(await alice.next("presence")).toMatchObject({ user: bob.user, online: false });
  });

  it("are one user's devices, wherever they are", async () => {
    const user = fresh("alice");
    const phone = await connect(user);
    const laptop = await connect(user, { at: other });
    const room = fresh("room");
    await phone.request("joined", { action: "join", room });
    expect(await laptop.next("joined")).toMatchObject({ room });
    for (const at of [shared(), other]) {
      const notice = { as: "server", scope: "notices:write", user, body: { data: 1 }, at };
      const { body } = await call("POST /users/{user}/notices", notice);
      expect(body).toEqual({ delivered: 2, gone: 0 });
    }
    await laptop.request("sync", { action: "sync", rooms: { [room]: 0 } });
    await laptop.request("left", { action: "leave", room });
    expect(await phone.next("left")).toMatchObject({ room });
  });

  it("share one order when they send at once (promises 1, 2)", async () => {
    const { room, alice, bob } = await aliceHereBobThere();
    const sends = [1, 2, 3, 4, 5, 6].flatMap((i) =>
      [alice, bob].map((client) => client.request("ack", { action: "send", room, text: `${i}` })),
    );
    const seqs = (await Promise.all(sends)).map(({ seq }) => seq);
    expect(seqs.toSorted((a, b) => a - b)).toEqual(sends.map((_, i) => i + 1));
    expect((await logOf(room, bob)).map(({ seq }) => seq)).toEqual(sends.map((_, i) => i + 1));
  });
});

describe("a database", () => {
  it("whose answer to a write got lost has one message, acked (promise 1)", async () => {
    const { room, alice, bob } = await aliceHereBobThere();
    let lost = 0;
    proxy.treat = (request) => {
      if (!isPutInto(room)(request) || lost > 0) return "pass";
      lost += 1;
      return "lose";
    };
    const ack = await bob.request("ack", { action: "send", room, text: "hi" });
    expect({ seq: ack.seq, lost }).toEqual({ seq: 1, lost: 1 });
    expect(await untilPushed(alice, 1)).toEqual(await logOf(room, alice));
  });

  it("that does not answer makes requests unavailable, and harms nobody else", async () => {
    const { room, alice, bob } = await aliceHereBobThere();
    proxy.treat = () => "refuse";
    const message = { action: "send", room, text: "not for the log", cid: "c-1" } as const;
    const unavailable = { code: "unavailable", retryable: true };
    expect(await bob.request("error", message)).toMatchObject(unavailable);
    expect(await bob.request("error", { action: "hello" })).toMatchObject(unavailable);
    const rooms = { [room]: 0 };
    expect(await bob.request("error", { action: "sync", rooms })).toMatchObject(unavailable);
    expect(await refused("GET /health", { at: other })).toMatchObject(unavailable);
    await bob.settled();
    await alice.request("ack", { action: "send", room, text: "still here" });

    proxy.treat = () => "pass";
    expect(await call("GET /health", { at: other })).toMatchObject({ status: 200 });
    await bob.request("ack", message);
    const synced = await bob.request("sync", { action: "sync", rooms });
    expect(onlySynced(synced).events.map(({ text }) => text)).toEqual(["still here", message.text]);
    expect(other.complaints()).toContain("request failed");
    expect(other.complaints()).not.toMatch(/not for the log|eyJ/); // eyJ: how a token starts
  });
});

describe("a copy that is killed (promise 10)", () => {
  it("after it stored a message, and before it said so, leaves it to be found again", async () => {
    const { room, alice, bob } = await aliceHereBobThere();
    const killed = new Promise<void>((resolve) => {
      proxy.onHeld = resolve;
    });
    proxy.treat = (request) => (isPutInto(room)(request) ? "hold" : "pass");
    const message = { action: "send", room, text: "hi", cid: "c-1" } as const;
    bob.send(message);
    await killed;
    other.kill("SIGKILL");
    await bob.closed;
    expect(bob.received("ack")).toEqual([]);

    const again = await connect(bob.user);
    expect(await again.request("ack", message)).toMatchObject({ seq: 1, duplicate: true });
    const log = await logOf(room, again);
    expect(log).toMatchObject([{ seq: 1, from: bob.user, cid: "c-1" }]);
    expect(await untilPushed(alice, 1)).toEqual(log);

    // Of its connections the rows are left, and nobody answers for them any more.
    await call("POST /rooms/{room}/messages", { as: alice.user, room, body: { text: "on" } });
    await alice.settled();
    expect(pushedTo(alice).map(({ text }) => text)).toEqual(["hi", "on"]);
  });
});
