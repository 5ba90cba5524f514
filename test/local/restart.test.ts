/** A restart keeps the data where it should, and harms no client where it does not. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { ChatClient } from "../../client/chatClient.ts";
import { type Discontinuity, directRoom } from "../../client/index.ts";
import type { Room } from "../../client/room.ts";
import { startDatabase } from "../../local/emulator/database/database.ts";
import { developmentToken } from "../../local/tokens.ts";
import { joined } from "../client/scripted.ts";
import { hasJava } from "./java.ts";
import {
  freePorts,
  killAll,
  type Running,
  startService,
  untilNothingListens,
} from "./processes.ts";
import { openSocket } from "./socket.ts";

const databases = [
  { database: "dynalite", options: [] },
  ...(hasJava ? [{ database: "DynamoDB Local", options: ["--dynamodb", "local"] }] : []),
];
const general = { room: "general" };
/** It starts sooner than `serverless offline`, on the same database. */
const faithful = (port: number) => ["--port", String(port), "--gateway", "faithful"];

afterEach(killAll);

describe("after a restart", () => {
  it.each(databases)("$database still has the messages that were acked before kill -9", async ({
    options,
  }) => {
    const data = mkdtempSync(join(tmpdir(), "parley-"));
    const port = await freePorts();
    const args = [...faithful(port), "--data", data, ...options];

    const before = await startService({ args });
    const alice = await connect(before, "alice");
    await alice.request({ action: "join", ...general });
    await alice.request({ action: "send", ...general, text: "hello" });
    before.kill("SIGKILL");
    await untilNothingListens(port);

    const bob = await connect(await startService({ args }), "bob");
    await bob.request({ action: "join", ...general });
    const { events } = await bob.request({ action: "history", ...general });
    expect(events).toMatchObject([{ seq: 1, from: "alice", text: "hello" }]);
    const { online } = await bob.request({ action: "who", ...general });
    expect(online).toEqual([{ user: "bob", connections: 1 }]);
  });

  it("a client that stayed open is told that the history is gone, and goes on", async () => {
    const port = await freePorts();
    const args = faithful(port);
    const before = await startService({ args });
    const client = new ChatClient({
      url: before.websocketUrl,
      token: () => developmentToken("alice"),
      tokenIn: "query",
      WebSocket,
    });
    onTestFinished(() => client.close());
    client.connect();
    const open = await joined(client, "general");
    const notes = client.follow(directRoom("alice", "alice"));
    for (const room of [open, notes]) for (const text of ["1", "2"]) await room.send(text);
    const wentBack = (room: Room) =>
      new Promise<Discontinuity>((tell) => room.onDiscontinuity(tell));
    const told = { notes: wentBack(notes), open: wentBack(open) };
    before.kill("SIGKILL");
    await untilNothingListens(port);

    await startService({ args });
    client.connect(); // now, and not after a wait that has grown meanwhile
    expect(await told.notes).toMatchObject({ reason: { code: "log_reset" }, events: [] });
    expect(await notes.send("3")).toMatchObject({ seq: 1 });
    expect(await joined(client, "general")).toBe(open);
    expect(await told.open).toMatchObject({ reason: { code: "log_reset" }, events: [] });
    expect(await open.send("3")).toMatchObject({ seq: 1 });
  });

  it("a connection that exists only in the database disturbs nobody", async () => {
    const database = await startDatabase({ kind: "dynalite" });
    onTestFinished(() => database.stop());
    const port = await freePorts();
    const args = [...faithful(port), "--dynamodb", database.endpoint];

    const before = await startService({ args });
    const gone = await connect(before, "gone");
    await gone.request({ action: "join", ...general });
    before.kill("SIGKILL");
    await untilNothingListens(port);

    const after = await startService({ args });
    const [alice, bob] = [await connect(after, "alice"), await connect(after, "bob")];
    await bob.request({ action: "join", ...general });
    await alice.request({ action: "join", ...general });
    const ack = await alice.request({ action: "send", ...general, text: "hello" });
    expect(ack).toMatchObject({ type: "ack", seq: 1 });
    const pushed = await bob.until((frame) => frame["type"] === "events");
    expect(pushed["events"]).toMatchObject([{ seq: 1, from: "alice", text: "hello" }]);
  });
});

type Frame = Record<string, unknown>;

async function connect({ websocketUrl }: Running, user: string) {
  const socket = await openSocket(`${websocketUrl}?token=${await developmentToken(user)}`);
  const until = async (isWanted: (frame: Frame) => boolean) => {
    for (;;) {
      const frame: Frame = JSON.parse(await socket.next());
      if (isWanted(frame)) return frame;
    }
  };
  let requests = 0;
  return {
    until,
    request: (frame: Frame) => {
      requests += 1;
      const id = String(requests);
      socket.send(JSON.stringify({ ...frame, id }));
      return until((reply) => reply["id"] === id);
    },
  };
}
