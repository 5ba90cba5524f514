/**
 * What an ack says is so: the message is in the log, once, at that position, and everybody gets it.
 */
import { describe, expect, it } from "vitest";
import { limits } from "../../lib/protocol/limits.ts";
import { directRoom } from "../../lib/protocol/names.ts";
import type { ServerFrame } from "../../lib/protocol/serverFrames.ts";
import { connect } from "../support/client.ts";
import { fresh } from "../support/endpoints.ts";
import { call, refused } from "../support/http.ts";
import { fillWindow, logOf, pushedTo, roomOf, untilPushed } from "../support/room.ts";
import { onlySynced } from "../support/syncReply.ts";

const entryOf = ({ type: _, id: _id, room: _room, ...entry }: ServerFrame<"ack">) => entry;

describe("sending", () => {
  it("keeps every message once, without holes, however many send (promises 1, 2)", async () => {
    const { room, clients } = await roomOf("a", "b", "c", "d", "e");
    const acks = await Promise.all(
      clients.flatMap((client) =>
        [1, 2, 3, 4, 5].map((i) => {
          const message = { room, text: `${client.user} ${i}`, cid: `c${i}` };
          return client.request("ack", { action: "send", ...message });
        }),
      ),
    );
    const log = await logOf(room, clients[0]);
    expect(log).toMatchObject(acks.map(entryOf).sort((a, b) => a.seq - b.seq));
    expect(log.map(({ seq }) => seq)).toEqual(acks.map((_, i) => i + 1));
    expect(log.map(({ n }) => n)).toEqual(acks.map((_, i) => i + 1));
    expect(new Set(log.map(({ text }) => text)).size).toBe(acks.length);
    for (const { from, cid, text } of log) expect(text).toBe(`${from} ${cid.slice(1)}`);
  });

  it("pushes each event to all members and the sender's other devices (promise 4)", async () => {
    const { room, clients } = await roomOf("alice", "bob");
    const [alice, bob] = clients;
    const tablet = await connect(alice.user);
    await tablet.request("sync", { action: "sync", rooms: { [room]: 0 } });
    const ack = await alice.request("ack", { action: "send", room, text: "hi", cid: "c-1" });

    const [event] = await untilPushed(bob, 1);
    expect(event).toEqual({
      ...entryOf(ack),
      kind: "message",
      from: alice.user,
      name: expect.any(String),
      text: "hi",
    });
    expect(await untilPushed(tablet, 1)).toEqual([event]);
    expect(await logOf(room, alice)).toEqual([event]);
    expect(pushedTo(alice)).toEqual([]);
  });

  it("leaves out nobody who syncs while others send (promise 4)", async () => {
    const { room, clients } = await roomOf("a", "b", "c", "d");
    const late = await connect(clients[0].user);
    const sends = clients.flatMap((client) =>
      [1, 2, 3, 4, 5].map((i) => client.request("ack", { action: "send", room, text: `${i}` })),
    );
    await Promise.race(sends);
    const synced = await late.request("sync", { action: "sync", rooms: { [room]: 0 } });
    const { events, complete } = onlySynced(synced);
    expect(complete).toBe(true);
    await Promise.all(sends);

    const seen = new Set(events.map(({ seq }) => seq));
    while (seen.size < sends.length) {
      for (const { seq } of (await late.next("events")).events) seen.add(seq);
    }
    expect(Math.max(...seen)).toBe(sends.length);
  });
});

describe("an event", () => {
  const saidBy = async (name: string, text: string) => {
    const alice = await connect(fresh("alice"), { name });
    const { room } = await alice.request("ack", { action: "send", to: alice.user, text });
    const [event] = await logOf(room, alice);
    expect(event?.from).toBe(alice.user);
    return event;
  };

  it.each<[string, string, string | undefined]>([
    ["as it is", "Alice", "Alice"],
    ["trimmed", "  Álice 😀 ", "Álice 😀"],
    ["without what nobody should print", "A\0l\u001b[31mi\u202ece\n", "Al[31mice"],
    ["cut to 64 characters", "😀".repeat(65), "😀".repeat(64)],
    ["or none, when nothing of it is left", "\u0007", undefined],
  ])("has the name that the token gives, %s (promise 6)", async (_, claim, name) => {
    expect((await saidBy(claim, "hi"))?.name).toBe(name);
  });

  it.each([
    ["blanks around it", "  hi\n"],
    ["lines", "a\tb\nc\u2028d"],
    ["mark-up", "<b>&amp;</b>"],
    ["joined characters", "👩‍👩‍👧"],
    ["4,000 characters that take 4 bytes", "😀".repeat(4_000)],
    ["4,000 characters that JSON writes in 6 bytes", "\u0001".repeat(4_000)],
  ])("has its text as sent, but trimmed, such as %s", async (_, text) => {
    expect((await saidBy("Alice", text))?.text).toBe(text.trim());
  });
});

describe("sending again", () => {
  it("gives the first position, and everybody the event again (promise 3)", async () => {
    const { room, clients } = await roomOf("alice", "bob");
    const [alice, bob] = clients;
    const message = { action: "send", room, text: "hi", cid: "c-1" } as const;
    const first = await alice.request("ack", message);
    const [event] = await untilPushed(bob, 1);
    await alice.request("ack", { action: "send", room, text: "another" });
    alice.terminate();

    const again = await connect(alice.user);
    const second = await again.request("ack", { ...message, text: " hi\n" });
    expect(second).toEqual({ ...first, id: second.id, duplicate: true });
    expect((await untilPushed(bob, 3)).slice(0, 2)).toEqual([event, event]);
    expect((await logOf(room, bob)).map(({ text }) => text)).toEqual(["hi", "another"]);
  });

  it("at the same moment gives one position (promises 1, 3)", async () => {
    const { room, clients } = await roomOf("alice", "bob");
    const tries = clients[0].user;
    const devices = await Promise.all([1, 2, 3, 4, 5].map(() => connect(tries)));
    const message = { action: "send", room, text: "hi", cid: "c-1" } as const;
    const acks = await Promise.all(devices.map((device) => device.request("ack", message)));
    expect(acks).toMatchObject(acks.map(() => ({ seq: 1, n: 1, cid: "c-1" })));
    expect(acks.some(({ duplicate }) => !duplicate)).toBe(true);
    expect(await logOf(room, clients[1])).toHaveLength(1);
  });

  it("is told from another's message of the same cid, and from one elsewhere", async () => {
    const { room, clients } = await roomOf("alice", "bob");
    const [alice, bob] = clients;
    const elsewhere = fresh("room");
    await alice.request("joined", { action: "join", room: elsewhere });
    const send = { action: "send", text: "hi", cid: "c-1" } as const;
    expect(await alice.request("ack", { ...send, room })).toMatchObject({ seq: 1 });
    expect(await bob.request("ack", { ...send, room })).toMatchObject({ seq: 2 });
    const other = await alice.request("ack", { ...send, room: elsewhere });
    expect(other).toMatchObject({ seq: 1 });
    expect(other).not.toHaveProperty("duplicate");
  });

  it("with another text is refused, and changes nothing", async () => {
    const { room, clients } = await roomOf("alice");
    const [alice] = clients;
    const send = { action: "send", room, cid: "c-1" } as const;
    await alice.request("ack", { ...send, text: "hi" });
    const refusal = await alice.request("error", { ...send, text: "ho" });
    expect(refusal).toMatchObject({ code: "bad_request" });
    const byHttp = { as: alice.user, room, headers: { "idempotency-key": "c-1" } };
    const route = "POST /rooms/{room}/messages";
    const { code, message } = await refused(route, { ...byHttp, body: { text: "ho" } });
    expect({ code, message }).toEqual({ code: "bad_request", message: refusal.message });
    expect((await logOf(room, alice)).map(({ text }) => text)).toEqual(["hi"]);
  });

  it("is recognised whichever way the first try came", async () => {
    const { room, clients } = await roomOf("alice");
    const [alice] = clients;
    const ack = await alice.request("ack", { action: "send", room, text: "hi", cid: "c-1" });
    const { status, body } = await call("POST /rooms/{room}/messages", {
      as: alice.user,
      room,
      body: { text: "hi" },
      headers: { "idempotency-key": "c-1" },
    });
    expect({ status, body }).toEqual({ status: 200, body: { room, ...entryOf(ack) } });
  });
});

describe("a user who has sent 8 of a room's last 10 messages within 4 seconds", () => {
  const hour = 3_600_000;

  it.each([
    ["a public room", false],
    ["a direct room", true],
  ])("is asked to wait in %s, until others have spoken", async (_, isDirect) => {
    const { room: publicRoom, clients } = await roomOf("alice", "bob");
    const [alice, bob] = clients;
    const room = isDirect ? directRoom(alice.user, bob.user) : publicRoom;
    await fillWindow(room, alice.user, -hour);
    const ninth = { action: "send", room, text: "hi", cid: "c-9" } as const;
    const refusal = await alice.request("error", ninth);
    expect(refusal).toMatchObject({ code: "rate_limited", retryable: true });
    expect(refusal.retryAfterMs).toBeGreaterThan(0);
    expect(refusal.retryAfterMs).toBeLessThanOrEqual(4_000);

    const again = await alice.request("ack", { ...ninth, cid: "c-8" });
    expect(again).toMatchObject({ seq: 8, duplicate: true });
    for (let i = 1; i <= 3; i += 1) {
      await bob.request("ack", { action: "send", room, text: "hi" });
    }
    expect(await alice.request("ack", ninth)).toMatchObject({ seq: 12 });
  });

  it("need not wait when the time is over", async () => {
    const { room, clients } = await roomOf("alice");
    const [alice] = clients;
    await fillWindow(room, alice.user, limits.senderWindowMs);
    const ninth = { action: "send", room, text: "hi", cid: "c-9" } as const;
    expect(await alice.request("ack", ninth)).toMatchObject({ seq: 9 });
  });
});

describe("a user who asks for too much at once", () => {
  it("is asked to wait on all of their connections, and others are not", async () => {
    const [alice, bob] = [await connect(fresh("alice")), await connect(fresh("bob"))];
    const phone = await connect(alice.user);
    const typing = { action: "typing", room: fresh("nowhere"), on: true } as const;
    // However many functions answer, and whenever a window ends: at some time the budget is spent.
    const untilRefused = async (client: typeof alice) => {
      for (;;) {
        const refused = await client.request("error", typing);
        if (refused.code === "rate_limited") return refused;
      }
    };
    for (const client of [alice, phone]) {
      const { retryable, retryAfterMs = 0 } = await untilRefused(client);
      expect(retryable).toBe(true);
      expect(retryAfterMs).toBeGreaterThan(0);
      expect(retryAfterMs).toBeLessThanOrEqual(limits.budgetWindowMs);
    }
    await bob.settled();
  });
});
