/** A new connection takes the place of an old one before that one ends. */
import { describe, expect, it } from "vitest";
import { handOverAfterMs } from "../../client/handOver.ts";
import * as limits from "../../client/limits.ts";
import type { Address } from "../../client/socket.ts";
import { logEvent } from "../support/fixtures.ts";
import { idle } from "./fakeClock.ts";
import { pushed, refusal, type Scripted, scripted, synced, syncRefused } from "./scripted.ts";

const hourMs = 3_600_000;
const welcomeFrame = { type: "welcome", user: "alice", rooms: [], more: false };
const draining = {
  type: "disconnect",
  code: "draining",
  message: "This gateway is being emptied.",
  reconnect: true,
  afterMs: 0,
};

/** Connected with a token of an hour, following `general`. Chance is always in the middle. */
async function inUse(options: Partial<Address> = {}) {
  let tokens = 0;
  const here = scripted({ token: () => `token-${++tokens}`, ...options });
  here.client.connect();
  await idle();
  await here.welcome({ expiresAtMs: hourMs });
  const room = here.client.follow("general");
  const applied: string[] = [];
  room.subscribe(({ seq, text }) => applied.push(`${seq} ${text}`));
  await idle();
  await here.answer(here.asked("sync"), synced(0));
  here.told.length = 0;
  return { ...here, room, applied };
}
type InUse = Awaited<ReturnType<typeof inUse>>;

/** Let so much time pass on a connection that answers every keep-alive. */
async function passQuietly({ clock, sockets }: Scripted, ms: number) {
  const [socket] = sockets.all.slice(-1);
  const untilMs = clock.nowMs() + ms;
  while (clock.nowMs() < untilMs) {
    await clock.pass(Math.min(60_000, untilMs - clock.nowMs()));
    const last = socket?.sent.at(-1);
    if (last?.["action"] === "sync") socket?.receive({ ...synced(0), id: last["id"] });
    await idle();
  }
}

const handOverMs = hourMs * ((limits.handOverFrom + limits.handOverTo) / 2);

/** Wait until the new socket is dialled. */
async function handOverBegun(options: Partial<Address> = {}): Promise<InUse> {
  const here = await inUse(options);
  await passQuietly(here, handOverMs - 1);
  expect(here.sockets.all).toHaveLength(1);
  await here.clock.pass(1);
  expect(here.sockets.all).toHaveLength(2);
  return here;
}

/** Answer the new socket's hello and sync. */
async function finish(here: InUse) {
  await here.welcome({ expiresAtMs: 3 * hourMs });
  await here.answer(here.asked("sync"), synced(here.room.cursor));
}

const sentOn = (here: Scripted, socket: number) =>
  here.sockets.all[socket]?.sent.map(({ action }) => action).filter((one) => one !== "sync");

describe("before its token expires, a connection", () => {
  it("is replaced by one with a fresh token that says hello and syncs, never offline", async () => {
    const here = await handOverBegun();
    const [old, fresh] = here.sockets.all;
    expect(fresh?.protocols).toContain("parley.token.token-2");
    fresh?.open();
    await idle();
    expect(fresh?.sent).toMatchObject([{ action: "hello" }]);
    await here.answer(here.asked("hello"), { ...welcomeFrame, expiresAtMs: 3 * hourMs });
    expect(fresh?.sent.at(-1)).toMatchObject({ action: "sync", rooms: { general: 0 } });
    expect([old?.isClosed, here.client.status]).toEqual([false, "live"]);
    await here.answer(here.asked("sync"), synced(0));
    expect([old?.isClosed, fresh?.isClosed, here.client.status]).toEqual([true, false, "live"]);
    expect(here.told).toEqual([]);
    void here.room.send("hi");
    await idle();
    expect(here.asked("send")).toMatchObject({ text: "hi" }); // on the newest socket
  });

  it("takes requests until the new one has synced, and closes when they are answered", async () => {
    const here = await handOverBegun();
    const [old] = here.sockets.all;
    const sending = here.room.send("hi");
    const asking = here.client.request("who", { room: "general" });
    await idle();
    await finish(here);
    expect(sentOn(here, 0)?.slice(-2)).toEqual(["send", "who"]);
    expect(sentOn(here, 1)).toEqual(["hello"]);
    const [send, who] = old?.sent.slice(-2) ?? [];
    const ack = { type: "ack", room: "general", seq: 1, n: 1, tag: "tag-0001", cid: send?.["cid"] };
    old?.receive({ ...ack, sentAtMs: 0, id: send?.["id"] });
    expect(await sending).toMatchObject({ seq: 1 });
    expect(old?.isClosed).toBe(false);
    old?.receive({
      type: "who",
      room: "general",
      online: [],
      count: 0,
      more: false,
      id: who?.["id"],
    });
    expect(await asking).toMatchObject({ count: 0 });
    await idle();
    expect([old?.isClosed, here.client.status]).toEqual([true, "live"]);
  });

  it("hands out once what is pushed on both, and takes hints from one of them", async () => {
    const here = await handOverBegun();
    const [old, fresh] = here.sockets.all;
    const presence = { type: "presence", room: "general", user: "bob", online: true, atMs: 7 };
    fresh?.open();
    await idle();
    for (const socket of [fresh, old]) {
      socket?.receive(pushed(1));
      socket?.receive(presence);
    }
    await here.answer(here.asked("hello"), welcomeFrame);
    const events = [1, 2].map((seq) => logEvent(seq, { from: "bob" }));
    await here.answer(here.asked("sync"), synced(2, events));
    fresh?.receive(pushed(2, 3));
    expect(here.applied.map((line) => line.split(" ")[0])).toEqual(["1", "2", "3"]);
    expect(here.told.filter(([event]) => event === "presence")).toHaveLength(1);
  });

  it.each<[string, (here: InUse) => Promise<void>]>([
    ["does not open", async ({ sockets }) => sockets.last().drop()],
    ["is never answered", async ({ clock }) => clock.pass(limits.openMs)],
    [
      "is refused its hello",
      async (here) => {
        here.sockets.last().open();
        await idle();
        await here.answer(here.asked("hello"), refusal("internal", { retryable: true }));
      },
    ],
    [
      "is refused a sync for now",
      async (here) => {
        await here.welcome();
        await here.answer(here.asked("sync"), syncRefused("unavailable", { retryable: true }));
      },
    ],
  ])("stays in use when the new one %s, and another one is tried", async (_how, fail) => {
    const here = await handOverBegun();
    await fail(here);
    await here.clock.pass(limits.backoffMs);
    const [old, failed, next] = here.sockets.all;
    expect([old?.isClosed, failed?.isClosed ?? true, here.client.status]).toEqual([
      false,
      failed?.isClosed,
      "live",
    ]);
    expect(here.told).toEqual([]);
    expect(next).toBeDefined();
    await finish(here);
    expect([old?.isClosed, next?.isClosed]).toEqual([true, false]);
  });

  it("that ends during the hand-over leaves a client that goes on with the same try", async () => {
    const here = await handOverBegun();
    const [old] = here.sockets.all;
    old?.drop();
    await finish(here);
    expect(here.sockets.all).toHaveLength(2);
    expect(here.told).toMatchObject([
      ["status", { status: "offline" }],
      ["status", { status: "connecting" }],
      ["status", { status: "live" }],
    ]);
    expect(here.client.status).toBe("live");
  });

  it("is left alone while the token is the old one", async () => {
    let token = "old";
    const here = await inUse({ token: () => token });
    await passQuietly(here, handOverMs + 60_000);
    expect(here.sockets.all).toHaveLength(1);
    token = "new";
    await passQuietly(here, hourMs - here.clock.nowMs() - 1);
    expect(here.sockets.last().protocols).toContain("parley.token.new");
  });

  it("stays in use while three calls for a token fail, and is replaced at the fourth", async () => {
    let calls = 0;
    const token = async () => {
      calls += 1;
      if (calls > 1 && calls < 5) throw new Error("unable to sign in");
      return `token-${calls}`;
    };
    const here = await inUse({ token });
    await passQuietly(here, handOverMs);
    await here.clock.pass((limits.backoffMs * (1 + 2 + 4)) / 2);
    expect(here.sockets.last().protocols).toContain("parley.token.token-5");
    await finish(here);
    expect([here.sockets.all.length, here.told]).toEqual([2, []]);
  });

  it("syncs again on the new one a room that was refused, or not complete", async () => {
    const here = await handOverBegun();
    await here.welcome();
    await here.answer(here.asked("sync"), synced(2, [logEvent(1, { from: "bob" })], false));
    await idle();
    expect(here.asked("sync")).toMatchObject({ rooms: { general: 1 } });
    expect(here.allAsked("sync")).toHaveLength(2);
  });

  it("is closed with everything else by close()", async () => {
    const here = await handOverBegun();
    here.client.close();
    expect(here.sockets.all.map(({ isClosed }) => isClosed)).toEqual([true, true]);
    await here.clock.pass(2 * hourMs);
    expect([here.client.status, here.sockets.all.length]).toEqual(["closed", 2]);
  });
});

describe("a connection without an expiry that is near", () => {
  it("is replaced before the two hours of its gateway are over", async () => {
    const here = scripted();
    here.client.connect();
    await idle();
    await here.welcome({ expiresAtMs: 100 * hourMs });
    while (here.sockets.all.length === 1) {
      expect(here.clock.nowMs()).toBeLessThan(limits.connectionMs);
      await here.clock.next();
      for (const ping of here.sockets.all[0]?.sent.slice(-1) ?? []) {
        await here.answer(ping, { type: "pong", atMs: 0 });
      }
    }
    expect(here.client.status).toBe("live");
  });
});

describe("a gateway that is drained", () => {
  it("is left for another one without a moment offline, when it leaves the time", async () => {
    const asked: (readonly string[])[] = [];
    const url: Address["url"] = (_token, failed) => {
      asked.push(failed);
      return { url: `wss://g${asked.length}`, gateway: `g${asked.length}` };
    };
    const here = await inUse({ url });
    await here.receive(draining);
    await here.receive(pushed(1));
    await here.clock.pass(limits.backoffMs);
    await finish(here);
    expect(asked).toEqual([[], ["g1"]]);
    expect(here.sockets.all.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    expect([here.applied.length, here.told]).toEqual([1, []]);
  });

  it("is reconnected from as soon as planned, when it closes at once", async () => {
    const here = await inUse();
    await here.receive(draining);
    here.sockets.last().drop();
    expect(here.told).toMatchObject([
      ["status", { status: "offline", reason: { code: "draining" }, retryInMs: 500 }],
    ]);
    await here.clock.pass(500);
    await finish(here);
    expect(here.client.status).toBe("live");
  });
});

describe("the moment of a hand-over", () => {
  it("is spread at random, and leaves time for tries that fail", () => {
    const [first, last] = [0, 1].map((chance) => Number(handOverAfterMs(hourMs, () => chance)));
    expect((last ?? 0) - (first ?? 0)).toBeGreaterThan(5 * 60_000);
    expect(hourMs - (last ?? 0)).toBeGreaterThanOrEqual(2 * limits.openMs);
  });

  it("never comes for a life that is short, so that a wrong clock causes no storm", () => {
    expect(handOverAfterMs(limits.handOverLifeMs - 1, () => 0)).toBeUndefined();
    expect(handOverAfterMs(-hourMs, () => 0)).toBeUndefined();
  });
});

it("sends at most seven frames in an idle hour with eleven rooms, hand-overs aside", async () => {
  const here = scripted();
  here.client.connect();
  await idle();
  await here.welcome();
  const rooms = Array.from({ length: 11 }, (_, index) => `room-${index}`);
  for (const room of rooms) here.client.follow(room);
  await idle();
  const [socket] = here.sockets.all;
  const answerSync = () =>
    here.answer(here.asked("sync"), {
      type: "sync",
      rooms: rooms.map((room) => ({ room, events: [], seq: 0, n: 0, complete: true })),
      later: [],
    });
  await answerSync();
  const before = socket?.sent.length ?? 0;
  for (let minute = 0; minute < 60; minute += 1) {
    const sent = socket?.sent.length;
    await here.clock.pass(60_000);
    if (socket?.sent.length !== sent) await answerSync();
  }
  expect([here.sockets.all.length, here.client.status]).toEqual([1, "live"]);
  const frames = (socket?.sent.length ?? 0) - before;
  expect(frames).toBeGreaterThan(0);
  expect(frames).toBeLessThanOrEqual(7);
});
