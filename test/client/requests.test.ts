/** Requests: whom they wait for, and how often they are made. */
import { describe, expect, it } from "vitest";
import * as limits from "../../client/limits.ts";
import { idle } from "./fakeClock.ts";
import { connected, following, joined, refusal, scripted } from "./scripted.ts";

describe("a request", () => {
  it("waits for a connection", async () => {
    const { client, answer, asked, welcome } = scripted();
    const asking = client.request("ping", {});
    client.connect();
    await idle();
    await welcome();
    await answer(asked("ping"), { type: "pong", atMs: 7 });
    expect(await asking).toMatchObject({ type: "pong", atMs: 7 });
  });

  it("does not wait for ever", async () => {
    const { client, clock } = scripted();
    const asking = expect(client.request("ping", {})).rejects.toMatchObject({
      code: "disconnected",
      retryable: true,
    });
    await clock.pass(limits.connectedMs);
    await asking;
  });

  it("rejects with what the service says against it", async () => {
    const { client, answer, asked } = await connected();
    const joining = expect(joined(client, "general")).rejects.toMatchObject({
      name: "ChatError",
      code: "forbidden",
      message: "unable to do it; so it is",
    });
    await idle();
    await answer(asked("join"), refusal("forbidden"));
    await joining;
  });

  it("is made again after as long as the service asks for, and a random part", async () => {
    const { client, clock, answer, asked, allAsked } = await connected();
    const asking = client.request("ping", {});
    await idle();
    const wait = { retryable: true, retryAfterMs: 2_400 };
    await answer(asked("ping"), refusal("rate_limited", wait));
    await clock.pass(2_899);
    expect(allAsked("ping")).toHaveLength(1);
    await clock.pass(1);
    await answer(asked("ping"), { type: "pong", atMs: 7 });
    expect(await asking).toMatchObject({ atMs: 7 });
  });

  it("is made again when there is no answer, and when the gateway reports a failure", async () => {
    const { client, clock, receive, answer, asked, allAsked } = await following();
    const asking = client.request("who", { room: "general" });
    await idle();
    await clock.pass(1_000);
    await receive({ type: "pong" }); // so the connection lives
    await clock.pass(limits.replyMs);
    expect(allAsked("who")).toHaveLength(2);
    await receive({ message: "Internal server error", connectionId: "1", requestId: "1" });
    await clock.pass(1_000);
    expect(allAsked("who")).toHaveLength(3);
    await answer(asked("who"), { type: "who", room: "general", online: [], count: 0, more: false });
    expect(await asking).toMatchObject({ count: 0 });
  });

  it("is not taken for the one that failed at the gateway while others wait too", async () => {
    const { client, clock, receive, allAsked } = await following();
    for (const room of ["general", "lobby"]) client.request("who", { room }).catch(() => {});
    await idle();
    await receive({ message: "Internal server error", connectionId: "1", requestId: "1" });
    await clock.pass(limits.replyMs - 1);
    expect(allAsked("who")).toHaveLength(2);
    await clock.pass(1 + limits.backoffMs);
    expect(allAsked("who")).toHaveLength(4);
  });

  it("is given up after so many attempts, and says why", async () => {
    const { client, clock, answer, asked } = await following();
    const asking = expect(client.request("who", { room: "general" })).rejects.toMatchObject({
      code: "gave_up",
      cause: { code: "unavailable" },
    });
    await idle();
    for (let i = 0; i < limits.attempts; i += 1) {
      await answer(asked("who"), refusal("unavailable", { retryable: true }));
      if (i < limits.attempts - 1) await clock.next();
    }
    await asking;
  });

  it("takes the connection for dead when nothing at all has come since", async () => {
    const { client, clock, sockets, welcome, asked, answer } = await following();
    const asking = client.request("who", { room: "general" });
    await idle();
    await clock.pass(limits.replyMs);
    expect(client.status).toBe("offline");
    expect(sockets.all[0]?.isClosed).toBe(true);
    await clock.pass(limits.backoffMs);
    await welcome();
    await idle();
    await answer(asked("who"), { type: "who", room: "general", online: [], count: 0, more: false });
    expect(await asking).toMatchObject({ count: 0 });
  });

  it("is rejected when the client is closed", async () => {
    const { client } = await connected();
    const asking = client.request("who", { room: "general" });
    await idle();
    client.close();
    await expect(asking).rejects.toMatchObject({ code: "closed" });
    client.connect();
    await idle();
    expect(client.status).toBe("connecting");
  });
});
