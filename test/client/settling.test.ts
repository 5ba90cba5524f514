/** Every promise of the client settles, in every state of the connection. */
import { describe, expect, it, vi } from "vitest";
import type { Waiting } from "../../client/abort.ts";
import type { ChatClient } from "../../client/chatClient.ts";
import * as limits from "../../client/limits.ts";
import * as messages from "../../client/messageActions.ts";
import * as rooms from "../../client/roomActions.ts";
import { windowOf } from "../../client/roomWindow.ts";
import { idle } from "./fakeClock.ts";
import { following, refusal, type Scripted, synced } from "./scripted.ts";
import { open, shown } from "./shown.ts";

type Following = Awaited<ReturnType<typeof following>>;
type Opened = Awaited<ReturnType<typeof open>>;

/** How a client ends, and why nothing more comes of it. */
const ends: Record<string, (here: Following) => unknown> = {
  "was closed": ({ client }) => client.close(),
  "was told not to come back": ({ receive }) =>
    receive({ type: "disconnect", code: "banned", message: "", reconnect: false, afterMs: 0 }),
  "became somebody else's": async ({ sockets, clock, welcome }) => {
    sockets.last().drop();
    await clock.pass(limits.backoffMs);
    await welcome({ user: "bob" });
  },
  "was closed while it connected": async ({ client, sockets, clock }) => {
    sockets.last().drop();
    await clock.pass(limits.backoffMs);
    client.close();
  },
};

/** Everything that returns a promise. */
const calls: Record<string, (client: ChatClient) => Promise<unknown>> = {
  "send in a room followed before": (client) => client.follow("general").send("hi"),
  "send in a room followed after": (client) => client.follow("lobby").send("hi"),
  request: (client) => client.request("ping", {}),
};

describe.each(Object.entries(ends))("a client that %s", (_title, end) => {
  it.each(Object.entries(calls))("rejects `%s` at once, with `closed`", async (_name, call) => {
    const here = await following();
    await end(here);
    await idle();
    expect(await outcome(call(here.client))).toMatchObject({ code: "closed" });
  });
});

it("a client that is connected again sends again", async () => {
  const { client, room, asked, answer, welcome } = await following();
  client.close();
  client.connect();
  await idle();
  void room.send("hi");
  await welcome();
  await answer(asked("sync"), synced(0));
  expect(asked("send")).toMatchObject({ text: "hi" });
});

it("a request that waits to be made again is rejected when the client is closed", async () => {
  const { client, asked, answer } = await following();
  const asking = client.request("ping", {});
  await idle();
  await answer(asked("ping"), refusal("rate_limited", { retryable: true, retryAfterMs: 60_000 }));
  client.close();
  expect(await outcome(asking)).toMatchObject({ code: "closed" });
});

describe("a service that asks to wait for ever", () => {
  const wait = { retryable: true, retryAfterMs: 20_000 };
  /** Answer every sync, and everything else with "wait", until so much time has passed. */
  const keepWaiting = async ({ clock, sockets, answer }: Scripted) => {
    for (let answered = 0; clock.nowMs() < 2 * limits.toldToWaitMs; ) {
      const request = sockets.last().sent[answered];
      if (request === undefined) await clock.pass(1_000);
      else {
        answered += 1;
        const isSync = request["action"] === "sync";
        await answer(request, isSync ? synced(0) : refusal("rate_limited", wait));
      }
    }
    expect(sockets.all).toHaveLength(1);
  };

  it.each(["send", "who"])("is not waited for for ever: %s", async (action) => {
    const here = await following();
    const waiting =
      action === "send" ? here.room.send("hi") : here.client.request("who", { room: "general" });
    waiting.catch(() => {}); // it is looked at only in the end
    await idle();
    await keepWaiting(here);
    expect(await outcome(waiting)).toMatchObject({
      code: "gave_up",
      cause: { code: "rate_limited" },
    });
  });
});

/** Everything of a chat that waits, on one that gets no answer. */
const waits: Record<string, (here: Opened, waiting: Waiting) => unknown> = {
  connect: (_, waiting) => shown().chat.connect(waiting),
  live: (_, waiting) => shown().chat.live(waiting),
  to: (_, waiting) => shown().chat.to("bob", waiting),
  open: ({ chat }, waiting) => chat.room("lobby").open(waiting),
  join: ({ room }, waiting) => room.join(waiting),
  leave: ({ room }, waiting) => room.leave(waiting),
  send: ({ room }, waiting) => room.send("hi", waiting),
  read: ({ room }, waiting) => room.read(2, waiting),
  edit: ({ room }, waiting) => messages.edit(room, 2, "hi", waiting),
  remove: ({ room }, waiting) => messages.remove(room, 2, waiting),
  react: ({ room }, waiting) => messages.react(room, 2, "👍", waiting),
  pin: ({ room }, waiting) => messages.pin(room, 2, waiting),
  history: ({ room }, waiting) => messages.history(room, waiting).next(),
  window: ({ room }, waiting) => windowOf(room).to(1, waiting),
  create: ({ chat }, waiting) => rooms.create(chat, { visibility: "private", ...waiting }),
  members: ({ room }, waiting) => rooms.members(room, waiting).next(),
  kick: ({ room }, waiting) => rooms.kick(room, "bob", waiting),
};
it.each(Object.entries(waits))("`%s` ends with its signal, and forgets it", async (_name, wait) => {
  const here = await open();
  const abort = new AbortController();
  const { signal } = abort;
  const removed = vi.spyOn(signal, "removeEventListener");
  const added = vi.spyOn(signal, "addEventListener");
  const waiting = Promise.resolve(wait(here, { signal }));
  await idle();
  abort.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  expect(added.mock.calls.length).toBeGreaterThan(0);
  expect(removed).toHaveBeenCalledTimes(added.mock.calls.length);
});

/** What a promise rejects with, or that it has not settled. */
async function outcome(promise: Promise<unknown>): Promise<unknown> {
  const rejected = promise.then(
    () => "resolved",
    (error: unknown) => error,
  );
  const pending = idle().then(() => "still pending");
  return Promise.race([rejected, pending]);
}
