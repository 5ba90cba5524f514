/** A network path that died without a close, and a page that calls `connect()` to find that out. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as limits from "../../client/limits.ts";
import { idle } from "./fakeClock.ts";
import { connected, following, refusal, scripted, synced } from "./scripted.ts";

describe("connect() while connected", () => {
  it("finds a path that died without a close, and starts over at once", async () => {
    const { client, clock, sockets, told, asked, welcome, answer } = await following(3);
    client.connect();
    expect(asked("ping")).toBeDefined();
    await clock.pass(limits.probeMs - 1);
    expect([client.status, sockets.all.length]).toEqual(["live", 1]);
    await clock.pass(1);
    expect(sockets.all.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    expect(told.slice(-2)).toMatchObject([
      ["status", { status: "offline", reason: { code: "timed_out" } }],
      ["status", { status: "connecting" }],
    ]);
    await welcome();
    expect(asked("sync")).toMatchObject({ rooms: { general: 3 } });
    await answer(asked("sync"), synced(3));
    await clock.pass(limits.backoffMs);
    expect([client.status, sockets.all.length]).toEqual(["live", 2]);
  });

  it("leaves a connection alone that says anything at all", async () => {
    for (const frame of [{ type: "pong", atMs: 7 }, refusal("rate_limited"), { message: "oh" }]) {
      const { client, clock, sockets, asked, answer } = await connected();
      client.connect();
      await answer(asked("ping"), frame);
      await clock.pass(limits.keepAliveMs - 1);
      expect([client.status, sockets.all.length]).toEqual(["live", 1]);
    }
  });

  it("probes once, however many events call it", async () => {
    const { client, clock, sockets, allAsked, asked, answer } = await connected();
    client.connect();
    client.connect();
    expect(allAsked("ping")).toHaveLength(1);
    await answer(asked("ping"), { type: "pong", atMs: 7 });
    client.connect();
    client.connect();
    expect(allAsked("ping")).toHaveLength(2);
    await clock.pass(limits.probeMs);
    expect(sockets.all).toHaveLength(2);
  });

  it("ends no connection that was opened while the probe was out", async () => {
    const { client, clock, sockets, welcome } = await connected();
    client.connect();
    sockets.last().drop();
    await clock.pass(limits.backoffMs);
    await welcome();
    await clock.pass(limits.probeMs);
    expect([client.status, sockets.all.length]).toEqual(["live", 2]);
  });
});

describe("connect() while connecting", () => {
  it("starts over when that has taken some seconds", async () => {
    const { client, clock, sockets, welcome } = scripted();
    client.connect();
    await clock.pass(limits.startOverMs - 1);
    client.connect();
    await idle();
    expect(sockets.all).toHaveLength(1);
    await clock.pass(1);
    client.connect();
    await idle();
    expect(sockets.all.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    await welcome();
    expect(client.status).toBe("live");
  });

  it("starts over when the hello is not answered either", async () => {
    const { client, clock, sockets } = scripted();
    client.connect();
    await idle();
    sockets.last().open();
    await clock.pass(limits.startOverMs);
    client.connect();
    await idle();
    expect(sockets.all.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  });

  it("blames no gateway for a network that was away", async () => {
    const asked: (readonly string[])[] = [];
    const url = (_token: string, failed: readonly string[]) => {
      asked.push(failed);
      return { url: "wss://a", gateway: "a" };
    };
    const { client, clock } = scripted({ url });
    client.connect();
    await clock.pass(limits.startOverMs);
    client.connect();
    await idle();
    expect(asked).toEqual([[], []]);
  });
});

describe("on a page", () => {
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const window = new EventTarget();
  beforeEach(() => {
    document.visibilityState = "visible";
    vi.stubGlobal("document", document);
    vi.stubGlobal("window", window);
  });
  afterEach(() => vi.unstubAllGlobals());
  const show = () => document.dispatchEvent(new Event("visibilitychange"));
  const online = () => window.dispatchEvent(new Event("online"));

  it.each([
    ["is shown", show],
    ["is online again", online],
  ])("probes the connection when it %s", async (_when, wakeUp) => {
    const { client, allAsked } = await connected();
    wakeUp();
    expect(allAsked("ping")).toHaveLength(1);
    client.close();
  });

  it("makes the next try at once when it is online again", async () => {
    const { client, sockets } = await connected();
    sockets.last().drop();
    online();
    await idle();
    expect(sockets.all).toHaveLength(2);
    client.close();
  });

  it("does nothing when it is hidden", async () => {
    const { client, allAsked } = await connected();
    document.visibilityState = "hidden";
    show();
    expect(allAsked("ping")).toEqual([]);
    client.close();
  });

  it("does not connect a client that was closed, or not connected yet", async () => {
    const { client, sockets } = await connected();
    const other = scripted();
    client.close();
    show();
    online();
    await idle();
    expect([client.status, sockets.all.length]).toEqual(["closed", 1]);
    expect(other.client.status).toBe("idle");
  });
});
