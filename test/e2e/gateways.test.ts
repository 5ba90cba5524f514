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
import { act, call, refused } from "../support/http.ts";
import { heardBy, hears, logOf, look, pushedTo, untilPushed } from "../support/room.ts";
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

  it("are put out on all devices, wherever these and who kicks them are (promise 14)", async () => {
    const alice = await connect(fresh("alice"));
    const bob = await connect(fresh("bob"));
    const bobs = [
      bob,
      await connect(bob.user, { at: other }),
      await connect(bob.user, { at: other }),
    ];
    const create = { action: "create", visibility: "private", invite: [bob.user] } as const;
    const { room } = await alice.request("created", create);
    await bob.request("joined", { action: "join", room });
    for (const device of bobs)
      await device.request("sync", { action: "sync", rooms: { [room]: 0 } });
    const said = await alice.request("ack", { action: "send", room, text: "still here" });
    for (const device of bobs) await hears(device, "still here");

    const kick = { action: "kick", room, user: bob.user, reason: "spam" } as const;
    await alice.request("kicked", kick);
    await alice.request("ack", { action: "send", room, text: "at last" });
    const nowhere = `p-${"a".repeat(22)}`;
    for (const device of bobs) {
      const left = { type: "left", room, by: alice.user, reason: "spam" };
      expect(await device.next("left")).toEqual(left);
      for (const use of [
        { action: "send", text: "hm" },
        { action: "history" },
        { action: "edit", seq: said.seq, text: "hm" },
        { action: "react", seq: said.seq, emoji: "👍", on: true },
        { action: "members" },
        { action: "join" },
      ] as const) {
        const answers = [];
        for (const name of [room, nowhere]) {
          const { id: _, ...refusal } = await device.request("error", { ...use, room: name });
          answers.push(refusal);
        }
        expect(answers[0], use.action).toMatchObject({ code: "not_member" });
        expect(answers[0], use.action).toEqual(answers[1]);
      }
      expect(heardBy(device)).not.toContain("at last");
    }
    const asked = { as: bob.user, room, at: other };
    const refusal = await refused("GET /rooms/{room}/events", asked);
    expect(refusal).toMatchObject({ code: "not_member" });
  });

  it("wait in slow mode between two messages, on a socket and over HTTP", async () => {
    const { room, alice: member, bob: another } = await aliceHereBobThere();
    const led = fresh("led");
    const owner = { as: fresh("owner"), at: other };
    await act("create", { ...owner, visibility: "public", room: led });
    const { reply } = await act("configure", { ...owner, room: led, slowModeMs: 3_600_000 });
    expect(reply).toMatchObject({ rev: 2, slowModeMs: 3_600_000 });
    const stale = { ...owner, action: "configure", body: { room: led, rev: 1, title: "late" } };
    expect(await refused("POST /actions/{action}", stale)).toMatchObject({ code: "conflict" });
    for (const client of [member, another]) {
      await client.request("joined", { action: "join", room: led });
      await client.request("ack", { action: "send", room: led, text: "once" });
      const again = { as: client.user, room: led, body: { text: "twice" } };
      const slow = await refused("POST /rooms/{room}/messages", again);
      expect(slow).toMatchObject({ code: "rate_limited", retryAfterMs: expect.any(Number) });
      expect(slow.retryAfterMs).toBeGreaterThan(3_000_000);
      expect(Number(slow.headers.get("retry-after"))).toBeGreaterThanOrEqual(3_000);
      // Another room is as fast as ever, and so is who leads this one.
      await client.request("ack", { action: "send", room, text: "elsewhere" });
    }
    for (const text of ["a word", "and another"]) await act("send", { ...owner, room: led, text });
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
