/** Connecting, coming back. */
import { describe, expect, it, vi } from "vitest";
import * as limits from "../../client/limits.ts";
import { idle } from "./fakeClock.ts";
import { connected, following, refusal, scripted, synced } from "./scripted.ts";

describe("connecting", () => {
  it("offers the token as a subprotocol", async () => {
    const { sockets } = await connected();
    const [socket] = sockets.all;
    expect(socket?.url).toBe("wss://chat.example/dev");
    expect(socket?.protocols).toEqual(["parley.v1", "parley.token.token-1"]);
  });

  it("puts the token into the query when told to", async () => {
    const plain = await connected({ tokenIn: "query" });
    expect(plain.sockets.last()).toMatchObject({ url: "wss://chat.example/dev?token=token-1" });
    expect(plain.sockets.last().protocols).toBeUndefined();
    const other = await connected({ tokenIn: "query", url: "ws://localhost:3001?a=b" });
    expect(other.sockets.last().url).toBe("ws://localhost:3001?a=b&token=token-1");
  });

  it("asks for a token and where to go at every connect", async () => {
    let tokens = 0;
    const { sockets, clock } = await connected({
      token: async () => `token-${++tokens}`,
      url: (token) => `wss://for-${token}`,
    });
    sockets.last().drop();
    await clock.pass(limits.backoffMs);
    expect(sockets.all.map(({ url }) => url)).toEqual(["wss://for-token-1", "wss://for-token-2"]);
  });

  it("tries again when no token is to be had", async () => {
    let tokens = 0;
    const { client, clock, sockets, told } = scripted({
      token: async () => {
        tokens += 1;
        if (tokens === 1) throw new Error("signed out");
        return "token";
      },
    });
    client.connect();
    await clock.pass(limits.backoffMs);
    expect(told).toMatchObject([
      ["status", { status: "connecting" }],
      ["status", { status: "offline", reason: { cause: { message: "signed out" } } }],
      ["status", { status: "connecting" }],
    ]);
    expect(sockets.all).toHaveLength(1);
  });

  it("fails, and says why, where there is no WebSocket: trying again is of no use", async () => {
    vi.stubGlobal("WebSocket", undefined);
    const { client, told } = scripted({ WebSocket: undefined });
    client.connect();
    await idle();
    vi.unstubAllGlobals();
    const reason = { message: expect.stringContaining("pass a WebSocket") };
    expect(told.at(-1)).toMatchObject(["status", { status: "failed", reason }]);
  });

  it("opens nothing with a token that comes after it was closed", async () => {
    let issue = (_: string) => {};
    const token = () => new Promise<string>((resolve) => (issue = resolve));
    const { client, sockets } = scripted({ token });
    client.connect();
    client.close();
    issue("late");
    await idle();
    expect([client.status, sockets.all]).toEqual(["closed", []]);
  });

  it("waits a random part of 1, 2, 4 … 30 s between the tries", async () => {
    const { client, clock, sockets, told } = scripted();
    client.connect();
    await idle();
    for (let i = 0; i < 7; i += 1) {
      sockets.last().drop();
      await clock.next();
    }
    const waits = told.flatMap(([, value]) => (value as { retryInMs?: number }).retryInMs ?? []);
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  });

  it("starts over with its waits once a connection has been good for something", async () => {
    const { client, clock, sockets, told, welcome } = scripted();
    client.connect();
    await idle();
    sockets.last().drop();
    await clock.next();
    sockets.last().drop();
    await clock.next();
    await welcome();
    sockets.last().drop();
    expect(told.at(-1)).toMatchObject(["status", { status: "offline", retryInMs: 500 }]);
  });

  it("gives up on a socket that does not open, and ignores it from then on", async () => {
    const { client, clock, sockets } = scripted();
    client.connect();
    await clock.pass(limits.openMs + limits.backoffMs);
    const [first, second] = sockets.all;
    expect(first?.isClosed).toBe(true);
    first?.open();
    expect(first?.sent).toEqual([]);
    second?.open();
    first?.drop();
    await idle();
    expect(client.status).toBe("connecting");
    expect(second?.sent).toMatchObject([{ action: "hello" }]);
  });

  it("tries at once when told to connect while waiting", async () => {
    const { client, sockets, clock } = await connected();
    sockets.last().drop();
    client.connect();
    client.connect();
    await idle();
    expect(sockets.all).toHaveLength(2);
    await clock.pass(limits.backoffMsMax / 2);
    expect(sockets.all).toHaveLength(2);
  });

  it("knows who it is and all its rooms before it calls itself connected", async () => {
    const { client, sockets, welcome, answer, asked, allAsked } = scripted();
    const pages: unknown[] = [];
    client.on("welcome", ({ rooms }) => pages.push(rooms));
    client.connect();
    await idle();
    const rooms = [{ room: "general", seq: 1, n: 1, readSeq: 0, unread: 1 }];
    await welcome({ rooms, more: true });
    expect(client.status).toBe("connecting");
    expect(asked("hello")).toMatchObject({ after: "general" });
    await answer(asked("hello"), { type: "welcome", user: "alice", rooms: [], more: false });
    expect([client.status, client.user]).toEqual(["live", "alice"]);
    expect(pages).toEqual([rooms, []]);
    expect(allAsked("hello")).toHaveLength(2);
    expect(sockets.all).toHaveLength(1);
  });

  it("ends when the next token is somebody else's, and sends nothing as them", async () => {
    const { client, clock, sockets, welcome, told } = await connected();
    const sending = expect(client.follow("general").send("hi")).rejects.toMatchObject({
      code: "forbidden",
    });
    sockets.last().drop();
    await clock.pass(limits.backoffMs);
    await welcome({ user: "bob" });
    await sending;
    expect([client.status, client.user]).toEqual(["failed", "alice"]);
    expect(told.at(-1)).toMatchObject(["status", { reason: { code: "forbidden" } }]);
    expect(sockets.last().sent.map(({ action }) => action)).toEqual(["hello"]);
  });

  it("starts over when the hello is refused", async () => {
    const { client, clock, sockets, answer, asked } = scripted();
    client.connect();
    await idle();
    sockets.last().open();
    await idle();
    await answer(asked("hello"), refusal("unavailable", { retryable: true, retryAfterMs: 700 }));
    expect(client.status).toBe("offline");
    await clock.pass(1_199);
    expect(sockets.all).toHaveLength(1);
    await clock.pass(1);
    expect(sockets.all).toHaveLength(2);
  });
});

describe("a disconnect frame", () => {
  const frame = { type: "disconnect", code: "token_expired", message: "unable to go on; expired" };

  it("is obeyed after as long as it says and a random moment, counted from then on", async () => {
    const { client, clock, sockets, receive, told } = await connected();
    await receive({ ...frame, reconnect: true, afterMs: 3_000 });
    expect(client.status).toBe("live"); // until it is closed
    await clock.pass(500);
    sockets.last().drop();
    expect(client.status).toBe("offline");
    expect(told.at(-1)).toMatchObject([
      "status",
      { reason: { code: "token_expired" }, retryInMs: 3_000 },
    ]);
    await clock.pass(2_999);
    expect(sockets.all).toHaveLength(1);
    await clock.pass(1);
    expect(sockets.all).toHaveLength(2);
  });

  it("ends it all when it says not to come back", async () => {
    const { client, clock, sockets, receive } = await connected();
    const isRefused = (promise: Promise<unknown>) =>
      expect(promise).rejects.toMatchObject({ code: "banned" });
    const refused = [
      isRefused(client.follow("general").send("hi")),
      isRefused(client.request("who", { room: "general" })),
    ];
    await idle();
    await receive({ ...frame, code: "banned", reconnect: false, afterMs: 0 });
    await Promise.all(refused);
    await clock.pass(limits.keepAliveMs);
    expect([client.status, sockets.all.length]).toEqual(["failed", 1]);
    await expect(client.request("ping", {})).rejects.toMatchObject({ code: "closed" });
  });
});

describe("keeping a connection", () => {
  it("syncs everything every nine minutes", async () => {
    const { clock, allAsked, asked, answer } = await following(3);
    const before = allAsked("sync").length;
    await clock.pass(limits.keepAliveMs);
    expect(allAsked("sync")).toHaveLength(before + 1);
    expect(asked("sync")).toMatchObject({ rooms: { general: 3 } });
    await answer(asked("sync"), synced(3));
    await clock.pass(limits.keepAliveMs);
    expect(allAsked("sync")).toHaveLength(before + 2);
  });

  it("forgets the nine minutes of a connection that has ended", async () => {
    const { clock, sockets, allAsked, asked, answer, welcome } = await following(3);
    sockets.last().drop();
    await clock.pass(limits.backoffMs);
    await welcome();
    await answer(asked("sync"), synced(3));
    await clock.pass(limits.keepAliveMs - 1);
    expect(allAsked("sync")).toHaveLength(1);
    await clock.pass(1);
    expect(allAsked("sync")).toHaveLength(2);
  });

  it("pings when there is nothing to sync", async () => {
    const { clock, allAsked } = await connected();
    await clock.pass(limits.keepAliveMs);
    expect(allAsked("ping")).toHaveLength(1);
  });
});
