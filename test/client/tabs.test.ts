/** Tabs that share a connection, frame by frame; the test is the service. */
import { describe, expect, it } from "vitest";
import * as limits from "../../client/limits.ts";
import type { Socket } from "../../client/socket.ts";
import { sharedSocket } from "../../client/tabs.ts";
import { type FakeBrowser, type FakeTab, fakeBrowser } from "./fakeBrowser.ts";
import { idle } from "./fakeClock.ts";
import { type FakeSocket, fakeSockets } from "./fakeSocket.ts";

type Frame = Readonly<Record<string, unknown>>;

/** Browsers' tabs, and the connections that they opened. */
function opened(browser: FakeBrowser = fakeBrowser()) {
  const sockets = fakeSockets();
  return {
    ...{ browser, clock: browser.clock, sockets },
    /** Connections that nobody has closed. */
    alive: () => sockets.all.filter(({ isClosed }) => !isClosed),
    /** A tab, and one socket after the other in it. */
    tab(name = "alice", life: FakeTab = browser.tab()) {
      const WebSocket = sharedSocket(name, { ...life, WebSocket: sockets.WebSocket });
      return {
        life,
        async dial() {
          if (WebSocket === undefined) throw new Error("there is no WebSocket");
          const socket = new WebSocket("wss://chat.example", ["parley.v1"]);
          const heard: Frame[] = [];
          const events: string[] = [];
          for (const type of ["open", "close"] as const) {
            socket.addEventListener(type, () => void events.push(type));
          }
          socket.addEventListener("message", ({ data }) => heard.push(JSON.parse(`${data}`)));
          await idle();
          return { socket, heard, events, ask: asking(socket) };
        },
      };
    },
  };
}
const asking = (socket: Socket) => async (frame: Frame) => {
  socket.send(JSON.stringify(frame));
  await idle();
};

async function receive(socket: FakeSocket, frame: Frame | string): Promise<void> {
  socket.receive(frame);
  await idle();
}

/** Answer the newest request of an action. */
function answer(socket: FakeSocket, action: string, frame: Frame): Promise<void> {
  const id = socket.sent.findLast((one) => one["action"] === action)?.["id"];
  return receive(socket, { ...frame, id });
}

/** Three tabs on one connection. */
async function three() {
  const here = opened();
  const tabs = [here.tab(), here.tab(), here.tab()] as const;
  const [a, b, c] = [await tabs[0].dial(), await tabs[1].dial(), await tabs[2].dial()];
  here.sockets.last().open();
  await idle();
  return { ...here, tabs, a, b, c, line: here.sockets.last() };
}

describe("tabs of one name", () => {
  it("open one connection, with what the first of them has", async () => {
    const { sockets, a, b, c, line } = await three();
    expect(sockets.all).toHaveLength(1);
    expect(line).toMatchObject({ url: "wss://chat.example", protocols: ["parley.v1"] });
    expect([a.events, b.events, c.events]).toEqual([["open"], ["open"], ["open"]]);
  });

  it("get the answers to their own requests under their own ids, and every push", async () => {
    const { a, b, c, line } = await three();
    await b.ask({ action: "ping", id: "1" });
    await c.ask({ action: "who", id: "1", room: "general" });
    expect(new Set(line.sent.map(({ id }) => id)).size).toBe(2);
    await answer(line, "who", { type: "who", room: "general" });
    await answer(line, "ping", { type: "pong" });
    await answer(line, "ping", { type: "pong" }); // a frame may come twice
    await receive(line, { type: "notice", noticeId: "n" });
    const push = { type: "notice", noticeId: "n" };
    expect(a.heard).toEqual([push]);
    expect(b.heard).toEqual([{ type: "pong", id: "1" }, push]);
    expect(c.heard).toEqual([{ type: "who", id: "1", room: "general" }, push]);
  });

  it("are told what another of them did, as other connections of the user are", async () => {
    const { a, b, c, line } = await three();
    await a.ask({ action: "hello", id: "1" });
    await answer(line, "hello", { type: "welcome", user: "alice", expiresAtMs: 0, rooms: [] });
    const say = { room: "general", text: "hi", replyTo: 7, cid: "my-1" };
    await b.ask({ action: "send", id: "1", after: 8, ...say });
    const place = { seq: 9, n: 9, tag: "t9", prev: "t8", cid: "my-1", sentAtMs: 1 };
    await answer(line, "send", { type: "ack", room: "general", ...place });
    await b.ask({ action: "read", id: "2", room: "general", seq: 9 });
    await answer(line, "read", { type: "read", room: "general", user: "alice", seq: 9, n: 9 });
    await b.ask({ action: "history", id: "3", room: "general" });
    await answer(line, "history", { type: "history", room: "general", events: [] });
    const event = { ...place, kind: "message", from: "alice", text: "hi", replyTo: 7 };
    const told = [
      { type: "events", room: "general", events: [event] },
      { type: "read", room: "general", user: "alice", seq: 9, n: 9 },
    ];
    expect(a.heard.slice(1)).toEqual(told);
    expect(c.heard).toEqual(told);
    expect(b.heard.map(({ type, id }) => [type, id])).toEqual([
      ["ack", "1"],
      ["read", "2"],
      ["history", "3"],
    ]);
  });

  it("hear of a failure of the gateway's only who asked, if it can be known", async () => {
    const { a, b, c, line } = await three();
    const failure = { message: "Internal server error", requestId: "r" };
    await b.ask({ action: "ping", id: "1" });
    await receive(line, failure);
    await b.ask({ action: "ping", id: "2" });
    await c.ask({ action: "ping", id: "1" });
    await receive(line, failure);
    expect([a.heard, b.heard, c.heard]).toEqual([[], [failure], []]);
  });

  it("have one connection again after it has ended", async () => {
    const { sockets, tabs, a, b, line, alive, browser } = await three();
    line.drop();
    await idle();
    expect([a.events, b.events]).toEqual([
      ["open", "close"],
      ["open", "close"],
    ]);
    expect(browser.inUse()).toEqual([]);
    const again = await tabs[1].dial();
    await tabs[0].dial();
    sockets.last().open();
    await idle();
    expect(again.events).toEqual(["open"]);
    expect(sockets.all).toHaveLength(2);
    expect(alive()).toContain(sockets.last());
  });

  it("leave nothing behind when their chats are closed", async () => {
    const { alive, a, b, c, browser } = await three();
    b.socket.close();
    c.socket.close();
    await idle();
    expect(alive()).toHaveLength(1);
    a.socket.close();
    await idle();
    expect(alive()).toEqual([]);
    expect(browser.inUse()).toEqual([]);
    expect(await browser.clock.next()).toBe(false);
  });

  it("share nothing with tabs of another name", async () => {
    const here = opened();
    await here.tab("alice").dial();
    await here.tab("bob").dial();
    expect(here.sockets.all).toHaveLength(2);
  });

  it("have a connection each where the browser has no locks, or forbids them", async () => {
    const { WebSocket } = fakeSockets();
    const life = fakeBrowser().tab();
    expect(sharedSocket("alice", { ...life, WebSocket, locks: undefined })).toBe(WebSocket);
    const without = { ...life, WebSocket, BroadcastChannel: undefined };
    expect(sharedSocket("alice", without)).toBe(WebSocket);

    const here = opened();
    const locks = { request: () => Promise.reject(new DOMException("no", "SecurityError")) };
    const alone = await here.tab("alice", { ...here.browser.tab(), locks }).dial();
    here.sockets.last().open();
    await idle();
    expect(alone.events).toEqual(["open"]);
  });
});

describe("the rooms that tabs look at", () => {
  const looks = (line: FakeSocket) =>
    line.sent.filter(({ action }) => action === "focus").map(({ rooms }) => rooms);
  const focused = { type: "focused", rooms: [] };

  it("are looked at together: the four that were asked for last", async () => {
    const { a, b, c, line } = await three();
    await a.ask({ action: "focus", id: "1", rooms: ["one", "two"] });
    await answer(line, "focus", focused);
    await b.ask({ action: "focus", id: "1", rooms: ["three", "one"] });
    await answer(line, "focus", focused);
    await c.ask({ action: "focus", id: "1", rooms: ["four", "five"] });
    await answer(line, "focus", focused);
    expect(looks(line)).toEqual([
      ["one", "two"],
      ["three", "one", "two"],
      ["four", "five", "three", "one"],
    ]);
    expect(c.heard).toEqual([{ ...focused, id: "1" }]);
  });

  it("are given up with the tab that looked at them", async () => {
    const { a, b, tabs, line } = await three();
    await a.ask({ action: "focus", id: "1", rooms: ["one"] });
    await answer(line, "focus", focused);
    await b.ask({ action: "focus", id: "1", rooms: ["two"] });
    await answer(line, "focus", focused);
    tabs[1].life.kill();
    await idle();
    expect(looks(line).at(-1)).toEqual(["one"]);
  });

  it("are told one request at a time, until a tab asks again", async () => {
    const { a, b, line } = await three();
    await a.ask({ action: "focus", id: "1", rooms: ["one"] });
    await b.ask({ action: "focus", id: "1", rooms: ["two"] });
    expect(looks(line)).toEqual([["one"]]);
    await answer(line, "focus", focused);
    expect(looks(line)).toEqual([["one"], ["two", "one"]]);
    await b.ask({ action: "focus", id: "2", rooms: ["three"] }); // the first had no answer in time
    expect(looks(line).at(-1)).toEqual(["three", "one"]);
    await answer(line, "focus", focused);
    expect([a.heard, b.heard]).toEqual([[{ ...focused, id: "1" }], [{ ...focused, id: "2" }]]);
  });
});

describe("a leading tab", () => {
  it("that is closed or killed is followed by another one at once", async () => {
    for (const end of ["close", "kill"] as const) {
      const { alive, sockets, tabs, a, b, c, line } = await three();
      if (end === "close") a.socket.close();
      else tabs[0].life.kill();
      await idle();
      expect([b.events, c.events]).toEqual([
        ["open", "close"],
        ["open", "close"],
      ]);
      expect(line.isClosed).toBe(end === "close"); // a killed one's is closed by the browser
      const [d, e] = [await tabs[2].dial(), await tabs[1].dial()];
      sockets.last().open();
      await idle();
      expect([d.events, e.events]).toEqual([["open"], ["open"]]);
      expect(alive().filter((one) => one !== line)).toHaveLength(1);
    }
  });

  it("gives up the lead when its page is frozen and is told so", async () => {
    const { tabs, a, b, line } = await three();
    tabs[0].life.freeze({ isTold: true });
    await idle();
    expect(line.isClosed).toBe(true);
    expect([a.events.at(-1), b.events.at(-1)]).toEqual(["close", "close"]);
  });

  it("that stands still loses the lead: to who asks something, or in half a minute", async () => {
    for (const isAsking of [true, false]) {
      const { clock, alive, sockets, tabs, a, b, c, line } = await three();
      tabs[0].life.freeze();
      if (isAsking) await b.ask({ action: "ping", id: "1" });
      await clock.pass(isAsking ? limits.leaderMs : limits.leaderEveryMs + limits.leaderMs);
      expect([b.events.at(-1), c.events.at(-1)]).toEqual(["close", "close"]);
      const again = await tabs[1].dial();
      sockets.last().open();
      await idle();
      expect(again.events).toEqual(["open"]);

      tabs[0].life.goOn();
      await idle();
      expect(line.isClosed).toBe(true);
      expect(a.events.at(-1)).toBe("close");
      const back = await tabs[0].dial();
      expect(back.events).toEqual(["open"]);
      expect(alive()).toEqual([sockets.last()]);
    }
  });

  it("is left alone while it answers", async () => {
    const { clock, a, b, sockets } = await three();
    await clock.pass(60 * 60_000);
    expect(sockets.all).toHaveLength(1);
    expect([a.events, b.events]).toEqual([["open"], ["open"]]);
  });

  it("replaces a connection on which a tab waited in vain, and no other", async () => {
    const { clock, a, b, line } = await three();
    await b.ask({ action: "ping", id: "1" });
    await clock.pass(limits.probeMs);
    b.socket.close();
    await idle();
    expect(line.isClosed).toBe(true);
    expect(a.events).toEqual(["open", "close"]);

    const there = await three();
    await there.b.ask({ action: "ping", id: "1" });
    await there.clock.pass(limits.probeMs);
    await receive(there.line, { type: "notice" });
    there.b.socket.close();
    await idle();
    expect(there.line.isClosed).toBe(false);
  });

  it("replaces a connection that does not open", async () => {
    const here = opened();
    const [one, other] = [here.tab(), here.tab()];
    const [a, b] = [await one.dial(), await other.dial()];
    await here.clock.pass(limits.openMs);
    b.socket.close();
    await idle();
    expect(a.events).toEqual(["close"]);
    expect(here.alive()).toEqual([]);
  });
});

describe("a chat that hands over", () => {
  it("gets another connection, to which all others are told to come", async () => {
    const { sockets, tabs, a, b, c, line } = await three();
    const next = await tabs[1].dial();
    expect(sockets.all).toHaveLength(2);
    expect(a.heard).toEqual([]);
    sockets.last().open();
    await idle();
    expect(next.events).toEqual(["open"]);
    for (const one of [a, b, c]) {
      expect(one.heard).toMatchObject([{ type: "disconnect", reconnect: true, afterMs: 0 }]);
    }
    const [d, e] = [await tabs[0].dial(), await tabs[2].dial()];
    expect([d.events, e.events]).toEqual([["open"], ["open"]]);
    expect(sockets.all).toHaveLength(2);
    // What ends on the old one concerns nobody any more.
    await receive(line, { type: "disconnect", code: "too_many_connections", reconnect: false });
    expect(a.heard).toHaveLength(1);
    for (const { socket } of [a, b]) socket.close();
    await idle();
    expect(line.isClosed).toBe(false);
    c.socket.close();
    await idle();
    expect(line.isClosed).toBe(true);
  });

  it("shares the connection that another tab is opening for the same reason", async () => {
    const { sockets, tabs } = await three();
    await tabs[1].dial();
    await tabs[2].dial();
    expect(sockets.all).toHaveLength(2);
  });

  it("leaves the others where they are when the new connection fails", async () => {
    const { sockets, tabs, a, b, line } = await three();
    const next = await tabs[1].dial();
    sockets.last().drop();
    await idle();
    expect(next.events).toEqual(["close"]);
    expect([a.events, b.events, line.isClosed]).toEqual([["open"], ["open"], false]);
  });

  it("is told to in time, also when it came late to the connection", async () => {
    const { clock, sockets, tabs, a, line } = await three();
    await a.ask({ action: "hello", id: "1" });
    const expiresAtMs = clock.nowMs() + 24 * 3_600_000;
    await answer(line, "hello", { type: "welcome", user: "alice", expiresAtMs, rooms: [] });
    await clock.pass(limits.connectionMs * limits.handOverTo - 1);
    expect(a.heard).toHaveLength(1);
    await clock.pass(1);
    expect(a.heard.at(-1)).toMatchObject({ type: "disconnect", reconnect: true });
    const newcomer = await tabs[0].dial();
    expect(newcomer.events).toEqual([]);
    expect(sockets.all).toHaveLength(2);
  });

  it("does not come to a connection whose end was told", async () => {
    const here = await three();
    const code = { code: "draining", message: "so it is", reconnect: true, afterMs: 0 };
    await receive(here.line, { type: "disconnect", ...code });
    expect([here.a, here.b].map(({ heard }) => heard[0]?.["code"])).toEqual([
      "draining",
      "draining",
    ]);
    await here.tab().dial();
    expect(here.sockets.all).toHaveLength(2);
  });
});
