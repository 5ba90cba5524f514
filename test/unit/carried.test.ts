/** What a message carries beside its text: data for programs, and quotes. */
import { describe, expect, it } from "vitest";
import { clientFrames } from "../../lib/protocol/clientFrames.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { parse } from "../../lib/protocol/parse.ts";
import { ask, codeOf, led } from "../support/ledRoom.ts";

const data = { poll: 7, options: ["a", null, true, 0.1], nested: { "": [] } };

describe("send with data", () => {
  it("keeps any JSON with the message, and shows it wherever the message is shown", async () => {
    const { here, room, alice, bob } = await led();
    const { seq } = await ask(here, alice, "send", { room, text: "vote", data, cid: "c-1" });
    const event = { seq, kind: "message", text: "vote", data };
    const page = await ask(here, bob, "history", { room, limit: 1 });
    expect(page["events"]).toMatchObject([event]);
    const synced = await ask(here, bob, "sync", { rooms: { [room]: Number(seq) - 1 } });
    expect(synced["rooms"]).toMatchObject([{ events: [event] }]);
    expect(here.received(bob)).toMatchObject([{ type: "events", events: [event] }]);
  });

  it("is stored once when it is sent again, and refused with other data (promise 3)", async () => {
    const { here, room, alice } = await led();
    const message = { room, text: "vote", data, cid: "c-1" };
    const first = await ask(here, alice, "send", message);
    expect(await ask(here, alice, "send", message)).toEqual({ ...first, duplicate: true });
    const others = [{ data: undefined }, { data: { ...data, poll: 8 } }, { replyTo: first["seq"] }];
    for (const other of others) {
      expect(codeOf(await ask(here, alice, "send", { ...message, ...other }))).toBe("bad_request");
    }
  });

  it.each([
    ["null", null],
    ["a text", "x"],
    ["a number", 0],
    ["false", false],
  ])("takes %s", async (_what, value) => {
    const { here, room, alice } = await led();
    await ask(here, alice, "send", { room, text: "x", data: value });
    const [newest] = (await here.ports.log.tail(room, 1)).events;
    expect(newest).toMatchObject({ data: value });
  });

  it.each([
    [limits.dataBytes, limits.dataDepth, true],
    [limits.dataBytes + 1, 1, false],
    [0, limits.dataDepth + 1, false],
    [0, 16_000, false],
  ])("of %i bytes, nested %i deep, is taken: %s", (bytes, depth, isTaken) => {
    const [open, close] = ["[".repeat(depth), "]".repeat(depth)];
    const filling = "x".repeat(Math.max(0, bytes - 2 * depth - 2));
    const value = JSON.parse(`${open}"${filling}"${close}`);
    const frame = { action: "send", room: "general", text: "x", data: value };
    expect(parse(clientFrames.send, frame).ok).toBe(isTaken);
  });
});

describe("send with replyTo", () => {
  it("keeps the position that is quoted and nothing of the quoted message", async () => {
    const { here, room, alice, bob } = await led();
    const { seq } = await ask(here, alice, "send", { room, text: "a secret" });
    await ask(here, bob, "send", { room, text: "yes", replyTo: seq });
    const [newest] = (await here.ports.log.tail(room, 1)).events;
    expect(newest).toMatchObject({ text: "yes", replyTo: seq });
    expect(JSON.stringify(newest)).not.toContain("secret");
  });

  it("refuses to quote what is no message: an entry of another kind, or nothing", async () => {
    const { here, room, bob } = await led();
    const head = (await here.ports.log.tail(room, 1)).events[0]?.seq ?? 0;
    for (const replyTo of [head, head + 1, 1_000]) {
      const refused = await ask(here, bob, "send", { room, text: "yes", replyTo });
      expect(codeOf(refused)).toBe("bad_request");
    }
    expect((await here.ports.log.tail(room, 1)).events[0]?.seq).toBe(head);
  });

  it("refuses to quote what a member cannot read: what came before they joined", async () => {
    const { here, room, alice, mallory } = await led();
    await ask(here, alice, "configure", { room, history: "since_join" });
    const { seq: before } = await ask(here, alice, "send", { room, text: "before" });
    await ask(here, alice, "invite", { room, user: "mallory" });
    await ask(here, mallory, "join", { room });
    const { seq: after } = await ask(here, alice, "send", { room, text: "after" });
    const quote = (replyTo: unknown) => ask(here, mallory, "send", { room, text: "x", replyTo });
    expect(codeOf(await quote(before))).toBe("bad_request");
    expect(codeOf(await quote(after))).toBe("ack");
    expect(codeOf(await ask(here, alice, "send", { room, text: "x", replyTo: before }))).toBe(
      "ack",
    );
  });

  it("reads one item more than a message that quotes nothing", async () => {
    const { here, room, alice } = await led();
    const { log } = here.ports;
    const reads: string[] = [];
    const { tail, find, list } = log;
    const noted =
      <A extends unknown[], R>(name: string, run: (...args: A) => R) =>
      (...args: A) => {
        reads.push(name);
        return run(...args);
      };
    Object.assign(log, {
      tail: noted("tail", tail),
      find: noted("find", find),
      list: noted("list", list),
    });
    const { seq } = await ask(here, alice, "send", { room, text: "x" });
    const plain = reads.splice(0);
    await ask(here, alice, "send", { room, text: "y", replyTo: seq });
    expect(reads.sort()).toEqual([...plain, "find"].sort());
  });
});
