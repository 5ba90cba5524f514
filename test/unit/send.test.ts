/**
 * Sending: in which order, what a lost race does, and what a crash leaves (promises 1, 2, 3, 5 and
 * 10).
 */
import { describe, expect, it } from "vitest";
import { type SendOptions, send } from "../../lib/actions/messages/send.ts";
import { sync } from "../../lib/actions/messages/sync.ts";
import { hello } from "../../lib/actions/people/hello.ts";
import { join } from "../../lib/actions/rooms/join.ts";
import type { ConnectedCaller, EventRange } from "../../lib/model.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { logEvent, tagAt } from "../support/fixtures.ts";
import { onlySynced } from "../support/syncReply.ts";
import { world } from "../support/world.ts";

const all: EventRange = { limit: 1_000, order: "oldest first" };

async function chat() {
  const here = world();
  const [alice, bob] = [await here.as("alice"), await here.as("bob")];
  for (const caller of [alice, bob]) {
    await join({ action: "join", room: "general" }, caller, here.ports);
  }
  for (const caller of [alice, bob]) here.received(caller);
  const say = (caller: ConnectedCaller, frame: object, options: Partial<SendOptions> = {}) =>
    send({ room: "general", text: "hello", ...frame }, caller, here.ports, {
      publishMs: 1_000,
      exceptConnection: caller.connection.connectionId,
      ...options,
    });
  return { ...here, alice, bob, say };
}

describe("send", () => {
  it("stores and announces a message as the token's user (promise 6)", async () => {
    const { alice, bob, say, received, ports } = await chat();
    const ack = await say(alice, { cid: "c-1" });
    const sentAtMs = ports.clock.nowMs();
    const place = { seq: 1, n: 1, tag: tagAt(1) };
    expect(ack).toEqual({ type: "ack", room: "general", ...place, cid: "c-1", sentAtMs });
    const event = logEvent(1, {
      from: "alice",
      name: "ALICE",
      cid: "c-1",
      text: "hello",
      sentAtMs,
    });
    expect(received(bob)).toEqual([{ type: "events", room: "general", events: [event] }]);
    expect(received(alice)).toEqual([]);
    expect(await ports.log.list("general", all)).toEqual([event]);
  });

  it("makes a cid when the client made none", async () => {
    const { alice, say } = await chat();
    expect((await say(alice, {})).cid).toBe("id-1");
  });

  it("announces even when the acknowledgement cannot be posted", async () => {
    const { alice, bob, say, received } = await chat();
    await say(alice, {}, { acknowledge: async () => {} });
    expect(received(bob)).toHaveLength(1);
  });

  it("returns the first position of a retried cid, announcing it again (promise 3)", async () => {
    const { alice, bob, say, received } = await chat();
    const first = await say(alice, { cid: "c-1" });
    await say(bob, { text: "between" });
    const [announced] = received(bob);
    const again = await say(alice, { cid: "c-1" });
    expect(again).toEqual({ ...first, duplicate: true });
    expect(received(bob)).toEqual([announced]);
  });

  it("finds a duplicate far back with after, and announces it no more", async () => {
    const { alice, bob, say, received, pass } = await chat();
    const first = await say(alice, { cid: "c-1", after: 0 });
    for (let n = 0; n < limits.sendAfterEvents - 1; n += 1) {
      await say(bob, { text: `${n}` });
      pass(1_000);
    }
    received(bob);
    expect(await say(alice, { cid: "c-1", after: 0 })).toEqual({ ...first, duplicate: true });
    expect(received(bob)).toEqual([]);
    await say(bob, { text: "one more" });
    await expect(say(alice, { cid: "c-1", after: 0 })).rejects.toMatchObject({
      code: "sync_first",
    });
  });

  it("takes the next position when it loses a race (promise 2)", async () => {
    const { alice, bob, say, ports } = await chat();
    const { put } = ports.log;
    let losses = 3;
    ports.log.put = async (room, event) => {
      if (losses-- > 0) await put(room, logEvent(event.seq, { from: "bob", cid: `b-${losses}` }));
      return put(room, event);
    };
    expect(await say(alice, {})).toMatchObject({ seq: 4, n: 4 });
    const log = await ports.log.list("general", all);
    expect(log.map(({ seq, from }) => `${seq} ${from}`)).toEqual([
      "1 bob",
      "2 bob",
      "3 bob",
      "4 alice",
    ]);
    expect(bob.user).toBe("bob");
  });

  it("recognises its own message in the way: the same send was running twice", async () => {
    const { alice, say, ports } = await chat();
    const { put } = ports.log;
    ports.log.put = async (room, event) => {
      ports.log.put = put;
      await put(room, event);
      return put(room, { ...event, tag: tagAt(99) });
    };
    expect(await say(alice, { cid: "c-1" })).toMatchObject({ seq: 1, duplicate: true });
    expect(await ports.log.list("general", all)).toHaveLength(1);
  });

  it("asks to wait when another device of the sender's takes the last free place", async () => {
    const { alice, say, ports } = await chat();
    for (let n = 1; n < limits.senderEvents; n += 1) await say(alice, { cid: `laptop-${n}` });
    const { put } = ports.log;
    ports.log.put = async (room, event) => {
      ports.log.put = put;
      await put(room, { ...event, cid: "phone-1" });
      return put(room, event);
    };
    await expect(say(alice, { cid: "laptop-8" })).rejects.toMatchObject({ code: "rate_limited" });
    expect((await ports.log.list("general", all)).at(-1)).toMatchObject({ cid: "phone-1" });
  });

  it("asks to wait when a room is too busy to get a word in", async () => {
    const { alice, say, ports } = await chat();
    let tries = 0;
    ports.log.put = async (_room, event) => {
      tries += 1;
      return logEvent(event.seq, { from: `user-${event.seq % 5}`, sentAtMs: 0 });
    };
    await expect(say(alice, {})).rejects.toMatchObject({ code: "rate_limited" });
    expect(tries).toBe(limits.appendAttempts);
  });

  it("refuses a non-member, and stores nothing (promise 7)", async () => {
    const { alice, say, ports } = await chat();
    await expect(say(alice, { room: "secret" })).rejects.toMatchObject({ code: "not_member" });
    const others = say(alice, { room: "dm:bob:carol" });
    await expect(others).rejects.toMatchObject({ code: "forbidden" });
    expect(await ports.log.list("secret", all)).toEqual([]);
    expect(await ports.log.list("dm:bob:carol", all)).toEqual([]);
  });
});

describe("a direct message", () => {
  it("reaches every connection of both users, on no subscription", async () => {
    const { alice, bob, say, received, as } = await chat();
    const [phone, tablet] = [await as("alice"), await as("bob")];
    await say(alice, { room: undefined, to: "bob" });
    expect(received(alice)).toEqual([]);
    for (const caller of [phone, bob, tablet]) {
      expect(received(caller)).toMatchObject([{ type: "events", room: "dm:alice:bob" }]);
    }
  });

  it("is one room from both sides", async () => {
    const { alice, bob, say } = await chat();
    expect(await say(alice, { room: undefined, to: "bob" })).toMatchObject({ seq: 1 });
    expect(await say(bob, { room: "dm:alice:bob" })).toMatchObject({ seq: 2 });
  });

  it("to oneself is announced once to each other connection", async () => {
    const { alice, say, received, as } = await chat();
    const phone = await as("alice");
    await say(alice, { room: undefined, to: "alice" });
    expect(received(phone)).toHaveLength(1);
  });

  it("to somebody who is away is found at the next hello and sync (promise 5)", async () => {
    const { alice, say, as, ports } = await chat();
    await say(alice, { room: undefined, to: "zoe", text: "are you there?" });
    const zoe = await as("zoe");
    const { rooms } = await hello({ action: "hello" }, zoe, ports);
    const head = { seq: 1, n: 1, tag: tagAt(1) };
    expect(rooms).toEqual([{ room: "dm:alice:zoe", ...head, readSeq: 0, unread: 1, mentions: 0 }]);
    const reply = await sync({ action: "sync", rooms: { "dm:alice:zoe": 0 } }, zoe, ports);
    expect(onlySynced(reply)).toMatchObject({ events: [{ text: "are you there?" }] });
  });

  it.each([
    "memberships.add 1",
    "memberships.add 2",
    "log.put",
    "publish",
  ])("that dies at %s is completed by its retry (promises 5 and 10)", async (step) => {
    const { alice, bob, say, ports, received } = await chat();
    const crash = () => {
      throw new Error("killed");
    };
    const { add } = ports.memberships;
    const { put } = ports.log;
    const { listShard } = ports.subscriptions;
    let adds = 0;
    ports.memberships.add = async (...args) => {
      adds += 1;
      if (step === `memberships.add ${adds}`) crash();
      return add(...args);
    };
    if (step === "log.put") ports.log.put = async () => crash();
    if (step === "publish") ports.subscriptions.listShard = () => crash();
    const attempt = () => say(alice, { room: undefined, to: "bob", cid: "c-1" });
    await attempt().catch((error) => expect(error.message).toBe("killed"));
    const stored = await ports.log.list("dm:alice:bob", all);
    if (stored.length > 0)
      expect(await ports.memberships.find("bob", "dm:alice:bob")).toBeDefined();

    Object.assign(ports.memberships, { add });
    Object.assign(ports.log, { put });
    Object.assign(ports.subscriptions, { listShard });
    received(bob);
    expect(await attempt()).toMatchObject({ seq: 1 });
    expect(received(bob)).toMatchObject([{ type: "events", events: [{ seq: 1, cid: "c-1" }] }]);
    for (const user of ["alice", "bob"]) {
      expect(await ports.memberships.find(user, "dm:alice:bob")).toBeDefined();
    }
  });
});
