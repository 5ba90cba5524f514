/** Following a room: what is handed out, when it is synced, and what is no reason to stop. */
import { describe, expect, it, vi } from "vitest";
import * as limits from "../../client/limits.ts";
import { logEvent, tagAt } from "../support/fixtures.ts";
import { idle } from "./fakeClock.ts";
import {
  connected,
  following,
  joined,
  pushed,
  refusal,
  scripted,
  synced,
  syncRefused,
} from "./scripted.ts";

describe("a room that is followed", () => {
  it("is synced from where it is followed, and each page after the other", async () => {
    const { client, allAsked, asked, answer } = await connected();
    const room = client.follow("general", { after: 60 });
    const applied: number[] = [];
    room.subscribe(({ seq }) => applied.push(seq));
    await idle();
    expect(asked("sync")).toMatchObject({ rooms: { general: 60 } });
    await answer(asked("sync"), synced(63, [logEvent(61), logEvent(62)], false));
    expect(asked("sync")).toMatchObject({ rooms: { general: 62 } });
    await answer(asked("sync"), synced(63, [logEvent(63)]));
    expect(allAsked("sync")).toHaveLength(2);
    expect([applied, room.cursor]).toEqual([[61, 62, 63], 63]);
  });

  it("is synced with 49 others in a frame, and again after every connect", async () => {
    const { client, sockets, clock, allAsked, welcome } = await connected();
    for (let i = 0; i < 120; i += 1) client.follow(`room-${i}`);
    await idle();
    const counts = () =>
      allAsked("sync").map(({ rooms }) => Object.keys(rooms as Record<string, number>).length);
    expect(counts()).toEqual([50, 50, 20]);
    sockets.last().drop();
    await clock.pass(limits.backoffMs);
    await welcome();
    expect(counts()).toEqual([50, 50, 20]);
  });

  it("is asked for at once when it was left for later, ahead of those cut short", async () => {
    const { client, asked, allAsked, answer } = await connected();
    for (const name of ["general", "lobby", "random"]) client.follow(name);
    await idle();
    const general = { room: "general", events: [logEvent(1)], seq: 2, n: 2, complete: false };
    await answer(asked("sync"), { type: "sync", rooms: [general], later: ["lobby", "random"] });
    const [, second, ...more] = allAsked("sync");
    expect(more).toEqual([]);
    expect(Object.entries(Object(second?.["rooms"]))).toEqual([
      ["lobby", 0],
      ["random", 0],
      ["general", 1],
    ]);
  });

  it("is asked for again, but not at once, when the answer leaves it out", async () => {
    const { client, clock, asked, allAsked, answer, told } = await connected();
    client.follow("general");
    await idle();
    for (const later of [[], ["general"]]) {
      const before = allAsked("sync").length;
      await answer(asked("sync"), { type: "sync", rooms: [], later });
      expect(allAsked("sync")).toHaveLength(before);
      await clock.pass(5_000);
      expect(allAsked("sync")).toHaveLength(before + 1);
    }
    expect(told.map(([what]) => what)).not.toContain("problem");
  });

  it("hands out pushes in order, and syncs a gap that is there for 300 ms", async () => {
    const { receive, applied, clock, allAsked, asked, answer } = await following();
    await receive(pushed(1));
    await receive(pushed(3));
    await clock.pass(limits.gapMs - 1);
    expect([applied, allAsked("sync").length]).toEqual([["1 message 1"], 1]);
    await clock.pass(1);
    expect(asked("sync")).toMatchObject({ rooms: { general: 1 } });
    await answer(asked("sync"), synced(3, [logEvent(2), logEvent(3)]));
    expect(applied).toEqual(["1 message 1", "2 message 2", "3 message 3"]);
  });

  it("goes on where the log begins for it: what is not there any more is no gap", async () => {
    const { client, clock, asked, allAsked, answer, told } = await connected();
    const room = client.follow("general", { after: 3, tag: tagAt(3) });
    const applied: number[] = [];
    room.subscribe(({ seq }) => applied.push(seq));
    await idle();
    const { rooms, later } = synced(61, [logEvent(60), logEvent(61)]);
    await answer(asked("sync"), {
      ...{ type: "sync", later },
      rooms: rooms.map((one) => ({ ...one, from: 60 })),
    });
    await clock.pass(limits.gapMs * 2);
    expect([applied, room.cursor, room.tag]).toEqual([[60, 61], 61, tagAt(61)]);
    expect(allAsked("sync")).toHaveLength(1);
    expect(told.map(([what]) => what)).not.toContain("problem");
    const sent = room.send("hi");
    expect(asked("send")).toMatchObject({ after: 61, afterTag: tagAt(61) });
    client.close();
    await expect(sent).rejects.toMatchObject({ code: "closed" });
  });

  it("leaves alone a gap that closes by itself", async () => {
    const { receive, applied, clock, allAsked } = await following();
    await receive(pushed(2));
    await clock.pass(limits.gapMs - 1);
    await receive(pushed(1));
    await clock.pass(limits.gapMs);
    expect([applied.length, allAsked("sync").length]).toEqual([2, 1]);
  });

  it("is synced after 300 ms of a gap, also while frames keep coming", async () => {
    const { receive, clock, allAsked, asked } = await following();
    for (let seq = 3; clock.nowMs() < 1_000; seq += 1) {
      await receive(pushed(seq));
      await clock.pass(100);
      const isDue = clock.nowMs() >= limits.gapMs;
      expect(allAsked("sync")).toHaveLength(isDue ? 2 : 1); // the first one is following's
    }
    expect(asked("sync")).toMatchObject({ rooms: { general: 0 } });
  });

  it("is synced once more when that is asked for during a sync", async () => {
    const { receive, asked, allAsked, answer } = await following();
    await receive({ type: "joined", room: "general", seq: 0, n: 0, online: 1 });
    const first = asked("sync");
    await receive({ type: "joined", room: "general", seq: 0, n: 0, online: 1 });
    expect(allAsked("sync")).toHaveLength(2);
    await answer(first, synced(0));
    expect(allAsked("sync")).toHaveLength(3);
  });

  it("is synced again when that failed, and keeps to the wait that it was asked for", async () => {
    const { receive, clock, allAsked, asked, answer, applied } = await following();
    await receive(pushed(2));
    await clock.pass(limits.gapMs);
    const wait = { retryable: true, retryAfterMs: 2_000 };
    await answer(asked("sync"), refusal("rate_limited", wait)); // of the frame, not of one room
    await receive(pushed(3));
    await clock.pass(2_499);
    expect(allAsked("sync")).toHaveLength(2);
    await clock.pass(1);
    expect(allAsked("sync")).toHaveLength(3);
    await answer(asked("sync"), synced(3, [logEvent(1), logEvent(2), logEvent(3)]));
    expect(applied).toHaveLength(3);
  });

  it("harms no other when it cannot be synced, and says so", async () => {
    const { client, asked, answer, told, sockets } = await connected();
    const [nowhere, general] = [client.follow("nowhere"), client.follow("general")];
    await idle();
    const sending = expect(nowhere.send("hi")).rejects.toMatchObject({ code: "not_member" });
    void general.send("hi");
    await idle();
    const sync = asked("sync");
    const { rooms } = synced(0);
    const refused = {
      room: "nowhere",
      error: { code: "not_member", message: "", retryable: false },
    };
    await answer(sync, { type: "sync", rooms: [refused, ...rooms], later: [] });
    await sending;
    expect(told.at(-1)).toMatchObject(["problem", { room: "nowhere" }]);
    expect(asked("send")).toMatchObject({ room: "general" });
    await client.follow("general").subscribe(() => {});
    expect(sockets.last().isClosed).toBe(false);
  });

  it("starts anew when I join it again after my membership went back with its log", async () => {
    const { client, asked, answer, told } = await connected();
    const room = client.follow("general", { after: 60, tag: tagAt(60) });
    const reasons: string[] = [];
    room.onDiscontinuity(({ reason }) => reasons.push(reason.code));
    await idle();
    const inGeneral = { room: "general" };
    await answer(asked("sync"), syncRefused("not_member"));
    expect(told.at(-1)).toMatchObject(["problem", { ...inGeneral, error: { code: "not_member" } }]);
    const joining = joined(client, "general");
    await idle();
    await answer(asked("join"), { type: "joined", ...inGeneral, seq: 0, n: 0, online: 1 });
    expect(await joining).toBe(room);
    expect(asked("sync")).toMatchObject({ tags: { general: tagAt(60) } });
    await answer(asked("sync"), syncRefused("log_reset"));
    await answer(asked("history"), { type: "history", ...inGeneral, events: [], more: false });
    expect([reasons, room.cursor]).toEqual([["log_reset"], 0]);
  });

  it("may be a new direct room, followed as soon as something is said in it", async () => {
    const { client, receive, told } = await connected();
    const said: string[] = [];
    client.on("room", ({ room }) => {
      client.follow(room).subscribe(({ text = "" }) => said.push(text));
    });
    const event = logEvent(1, { from: "bob", text: "lunch?" });
    await receive({ type: "events", room: "dm:alice:bob", events: [event] });
    expect(said).toEqual(["lunch?"]);
    expect(told.at(-1)).toMatchObject(["room", { room: "dm:alice:bob" }]);
  });

  it("is not followed any more after a leave, on whichever device", async () => {
    const { client, room, receive, applied, allAsked } = await following();
    const sending = expect(room.send("hi")).rejects.toMatchObject({ code: "closed" });
    await receive({ type: "left", room: "general" });
    await sending;
    await receive(pushed(1));
    expect(applied).toEqual([]);
    await expect(room.send("hi")).rejects.toMatchObject({ code: "closed" });
    expect(allAsked("sync")).toHaveLength(1);
    expect(client.follow("general")).not.toBe(room);
  });

  it("is not tried to be synced again once it is not followed any more", async () => {
    const { client, clock, asked, allAsked, answer } = await connected();
    client.follow("general");
    await idle();
    await answer(asked("sync"), refusal("unavailable", { retryable: true }));
    client.unfollow("general");
    await clock.pass(limits.backoffMs);
    expect(allAsked("sync")).toHaveLength(1);
  });

  it("applies nothing before it is known who I am: it may be mine", async () => {
    const { client, sockets, receive, welcome, asked, answer } = scripted();
    const room = client.follow("general");
    const sending = room.send("hi", { cid: "kept" });
    client.connect();
    await idle();
    sockets.last().open();
    const mine = logEvent(1, { cid: "kept", text: "hi" });
    await receive({ ...pushed(1), events: [mine] });
    expect(room.cursor).toBe(0);
    await welcome();
    await answer(asked("sync"), synced(1, [mine]));
    expect(await sending).toMatchObject({ seq: 1 });
  });

  it("ignores what it does not know, and counts it where it has a position", async () => {
    const { receive, applied, room } = await following();
    await receive("");
    await receive("{");
    await receive({ type: "weather", room: "general" });
    await receive({ ...pushed(1), events: [{ ...logEvent(1), kind: "poll" }], shade: "red" });
    await receive(pushed(2));
    expect([applied, room.cursor]).toEqual([["2 message 2"], 2]);
  });

  it("tells presence, but not what has been overtaken", async () => {
    const { receive, told } = await following();
    const push = { type: "presence", room: "general", user: "bob", online: false, atMs: 20 };
    await receive(push);
    await receive({ ...push, online: true, atMs: 10 });
    expect(told.filter(([event]) => event === "presence")).toEqual([["presence", push]]);
  });

  it("goes on when a listener throws, and does not hide what it threw", async () => {
    const { receive, room, applied } = await following();
    const thrown: (() => void)[] = [];
    const off = room.subscribe(() => {
      throw new Error("a defect of the program");
    });
    room.subscribe(({ seq }) => applied.push(`then ${seq}`));
    vi.stubGlobal("queueMicrotask", (call: () => void) => thrown.push(call));
    await receive(pushed(1));
    vi.unstubAllGlobals();
    off();
    await receive(pushed(2));
    expect(applied).toEqual(["1 message 1", "then 1", "2 message 2", "then 2"]);
    expect(thrown).toHaveLength(1);
    expect(thrown[0]).toThrow("a defect of the program");
  });

  it("must have a name that can be", async () => {
    const { client } = await connected();
    expect(() => client.follow("General")).toThrow(TypeError);
    expect(() => client.follow("dm:bob:alice")).toThrow(TypeError);
  });
});
