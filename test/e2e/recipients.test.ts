/**
 * One bad recipient harms nobody (promise 8): whether it is gone, slow, or behind a gateway that
 * answers late, wrongly or not at all, the sender has its ack and the others have their event.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import { mapInFlight } from "../../lib/concurrency.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { ServerFrame } from "../../lib/protocol/serverFrames.ts";
import { developmentToken } from "../../local/tokens.ts";
import type { Client } from "../support/client.ts";
import { fresh, shared } from "../support/endpoints.ts";
import { fakeGateway, ghostIn } from "../support/fakeGateway.ts";
import { call } from "../support/http.ts";
import { inbox } from "../support/inbox.ts";
import { logOf, look, roomOf, untilPushed } from "../support/room.ts";
import { parseServerFrame } from "../support/serverFrame.ts";

async function onlineIn(room: string, client: Client): Promise<string[]> {
  const { online } = await client.request("who", { action: "who", room });
  return online.map(({ user }) => user);
}

describe("a connection that ends without a word", () => {
  it("harms nobody, and is known to be gone", async () => {
    const { room, clients } = await roomOf("alice", "bob", "carol");
    const [alice, bob, carol] = clients;
    await look(room, alice);
    carol.terminate();
    await alice.request("ack", { action: "send", room, text: "hi" });
    expect(await untilPushed(bob, 1)).toEqual(await logOf(room, alice));
    const presence = { room, user: carol.user, online: false };
    expect(await alice.next("presence", ({ online }) => !online)).toMatchObject(presence);
    expect(await onlineIn(room, bob)).toEqual([alice.user, bob.user]);
  });

  it("and of which nobody was told is forgotten at the first post", async () => {
    const { room, clients } = await roomOf("alice", "bob");
    const [alice, bob] = clients;
    const gateway = shared().websocketUrl.replace("ws:", "http:"); // the real one: it answers 410
    const ghost = await ghostIn(room, gateway);
    await look(room, bob);
    expect(await onlineIn(room, alice)).toContain(ghost);
    await alice.request("ack", { action: "send", room, text: "hi" });
    expect(await untilPushed(bob, 1)).toHaveLength(1);
    const presence = { room, user: ghost, online: false };
    expect(await bob.next("presence", ({ user }) => user === ghost)).toMatchObject(presence);
    expect(await onlineIn(room, bob)).toEqual([alice.user, bob.user]);
  });

  it("is not taken for gone while it may be opening", async () => {
    const { room, clients } = await roomOf("alice");
    const [alice] = clients;
    const ghost = await ghostIn(room, shared().websocketUrl.replace("ws:", "http:"), 1_000);
    await call("POST /rooms/{room}/messages", { as: alice.user, room, body: { text: "hi" } });
    expect(await onlineIn(room, alice)).toContain(ghost);
  });
});

describe("a gateway", () => {
  it("that does not answer delays neither the ack nor anybody's event", async () => {
    const { room, clients } = await roomOf("alice", "bob");
    const [alice, bob] = clients;
    const gateway = await fakeGateway();
    const ghost = await ghostIn(room, gateway.url);
    await alice.request("ack", { action: "send", room, text: "hi" });
    await untilPushed(bob, 1);
    await gateway.posted;
    expect(gateway.waiting).toBe(1);
    gateway.release(200);
    expect(await onlineIn(room, bob)).toContain(ghost);
  });

  it("that does not answer holds up an HTTP request for one post, cut short", async () => {
    const { room, clients } = await roomOf("alice");
    const gateway = await fakeGateway();
    await ghostIn(room, gateway.url);
    const message = { as: clients[0].user, room, body: { text: "hi" } };
    expect(await call("POST /rooms/{room}/messages", message)).toMatchObject({ status: 201 });
    // One that was left to its own time-out would have been tried again before the answer.
    expect(limits.awaitedPublishMs).toBeLessThan(limits.postTimeoutMs);
    expect([...gateway.frames.values()].flat()).toHaveLength(1);
  });

  it.each([
    403, 413, 429, 500,
  ])("that answers %i loses nobody, and harms nobody", async (status) => {
    const { room, clients } = await roomOf("alice", "bob");
    const [alice, bob] = clients;
    const gateway = await fakeGateway();
    gateway.release(status);
    const ghost = await ghostIn(room, gateway.url);
    await alice.request("ack", { action: "send", room, text: "hi" });
    await untilPushed(bob, 1);
    await call("POST /rooms/{room}/messages", { as: alice.user, room, body: { text: "on" } });
    await gateway.posted;
    expect(await onlineIn(room, bob)).toContain(ghost);
  });

  it("that is not there harms nobody", async () => {
    const { room, clients } = await roomOf("alice", "bob");
    const [alice, bob] = clients;
    const ghost = await ghostIn(room, "http://127.0.0.1:1");
    await alice.request("ack", { action: "send", room, text: "hi" });
    await untilPushed(bob, 1);
    expect(await onlineIn(room, bob)).toContain(ghost);
  });
});

/** Sends what it reads, and says what it is sent, each on a line. */
const lines = `
  const socket = new (require("ws").WebSocket)(process.argv[1]);
  socket.on("message", (frame) => console.log(String(frame)));
  const send = (frame) => socket.send(frame);
  socket.on("open", () => require("node:readline").createInterface(process.stdin).on("line", send));
`;

/** A client in a process of its own, so that it can be stopped. It joins a room and listens. */
async function processIn(room: string) {
  const user = fresh("sleepy");
  const { websocketUrl } = shared();
  const url = `${websocketUrl}?token=${await developmentToken(user)}`;
  const child = spawn(process.execPath, ["-e", lines, url], { cwd: import.meta.dirname });
  onTestFinished(() => void child.kill("SIGKILL"));
  const { put, next } = inbox<ServerFrame>();
  createInterface(child.stdout).on("line", (line) => put(parseServerFrame(line, false)));
  const isOf =
    <T extends ServerFrame["type"]>(type: T) =>
    (frame: ServerFrame): frame is ServerFrame<T> =>
      frame.type === type;
  const send = (frame: object) => child.stdin.write(`${JSON.stringify(frame)}\n`);
  send({ action: "join", room });
  await next("joined", isOf("joined"));
  return {
    user,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    async sync() {
      send({ action: "sync", rooms: { [room]: 0 } });
      const { rooms } = await next("sync", isOf("sync"));
      return rooms;
    },
    nextNotice: () => next("notice", isOf("notice")),
  };
}

describe("a client that reads nothing", () => {
  it("harms nobody, and has everything when it reads again", async () => {
    const { room, clients } = await roomOf("alice", "bob");
    const [alice, bob] = clients;
    const sleepy = await processIn(room);
    sleepy.kill("SIGSTOP");
    const data = "x".repeat(30_000); // more, in all, than the system's buffers hold
    const notice = { as: "server", scope: "notices:write", user: sleepy.user, body: { data } };
    const notices = 200;
    const all = Array.from({ length: notices });
    const posted = await mapInFlight(all, 8, () => call("POST /users/{user}/notices", notice));
    await alice.request("ack", { action: "send", room, text: "hi" });
    const [event] = await untilPushed(bob, 1);

    sleepy.kill("SIGCONT");
    // Others were answered with 429, or took too long.
    const taken = posted.reduce((sum, { body: { delivered } }) => sum + delivered, 0);
    expect(taken).toBeGreaterThan(0);
    for (let i = 0; i < taken; i += 1) await sleepy.nextNotice();
    expect(await sleepy.sync()).toMatchObject([{ room, events: [event], complete: true }]);
  });
});
