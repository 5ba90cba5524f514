/** What one account tries with people whom it does not know, over sockets and HTTP. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { hourlyAllowance } from "../../lib/actions/allowance.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { memorySpending } from "../support/memory/spending.ts";
import { attacked, codesOf, signed } from "./attacked.ts";

vi.mock("../../lib/runtime.ts", async () => (await import("./attacked.ts")).attackedRuntime());
const { act, ask, askHttp, here } = await attacked();

/** As many function instances as serve the attacker in turn, over one table. */
const instances = (() => {
  const { clock, report } = here.ports;
  const spending = memorySpending();
  return Array.from({ length: 12 }, () => hourlyAllowance({ spending, clock, report }));
})();
let asked = 0;
here.ports.allowance = (...deed) => {
  asked += 1;
  return (instances[asked % instances.length] ?? here.ports.allowance)(...deed);
};

const post = "POST /rooms/{room}/messages";
const most = (deed: keyof typeof limits.perHour) =>
  limits.perHour[deed] + instances.length * (limits.perHour[deed] / 10 + 1);

describe("an account that is new to everybody", () => {
  it("reaches few strangers, over a socket and HTTP together", async () => {
    const spammer = await here.as("spammer");
    const token = await signed({ sub: "spammer" });
    let accepted = 0;
    for (let n = 0; n < 150; n += 1) {
      const room = `dm:spammer:victim-${n}`;
      const codes = codesOf(await ask(spammer, { action: "send", room, text: "buy" }));
      const path = { room: `dm:spammer:victim-http-${n}` };
      const { status } = await askHttp(post, { token, path, body: { text: "buy" } });
      accepted += codes.filter((code) => code === "ack").length + (status === 201 ? 1 : 0);
    }
    expect(accepted).toBeGreaterThanOrEqual(limits.perHour.strangers);
    expect(accepted).toBeLessThanOrEqual(most("strangers"));
  });

  it("learns of nobody whether they are online, by who and focus", async () => {
    const mallory = await here.as("mallory");
    await here.as("alice");
    await here.as("alice");
    const room = "dm:alice:mallory";
    const look = async () => [
      ...(await ask(mallory, { action: "who", room })),
      ...(await ask(mallory, { action: "focus", rooms: [room] })),
    ];
    expect(JSON.stringify(await look())).not.toContain('"user":"alice"');
    await ask(mallory, { action: "send", room, text: "are you there?" });
    expect(JSON.stringify(await look())).not.toContain('"user":"alice"');
  });

  it("reaches nobody who has blocked it, over a socket and HTTP", async () => {
    const [alice, mallory] = [await here.as("alice"), await here.as("mallory")];
    await ask(alice, { action: "block", user: "mallory", on: true });
    here.received(alice);
    const room = "dm:alice:mallory";
    const sent = await ask(mallory, { action: "send", room, text: "hi" });
    expect(codesOf(sent)).toEqual(["forbidden"]);
    const token = await signed({ sub: "mallory" });
    const answer = await askHttp(post, { token, path: { room }, body: { text: "hi" } });
    expect(answer).toMatchObject({ status: 403, body: { error: { code: "forbidden" } } });
    expect(here.received(alice)).toEqual([]);
  });
});

describe("an account that is new to everybody, where message requests are held", () => {
  beforeEach(() => {
    here.ports.holdsRequests = true;
  });
  afterEach(() => {
    here.ports.holdsRequests = false;
  });
  const again = (room: string, n: number) => ({ action: "send", room, text: `buy ${n}` });

  it("has one message for a stranger, at once from many devices and over HTTP", async () => {
    const victim = await here.as("vera");
    const room = "dm:sam:vera";
    const token = await signed({ sub: "sam" });
    const devices = await Promise.all(Array.from({ length: 5 }, () => here.as("sam")));
    const overSockets = devices.map((device, n) => ask(device, again(room, n)));
    const body = { text: "buy" };
    const overHttp = [1, 2].map(() => askHttp(post, { token, path: { room }, body }));
    await Promise.all([...overSockets, ...overHttp]);
    const { events } = (await act("history", { room }, await signed({ sub: "vera" }))).body;
    expect(events).toHaveLength(1);
    const heard = here.received(victim);
    expect(heard).toContainEqual({ type: "invited", room, user: "vera", by: "sam" });
    expect(heard.filter(({ type }) => type !== "invited")).toEqual([]);
  });

  it("disturbs a stranger by nothing else, in no action", async () => {
    const [victim, stranger] = [await here.as("walt"), await here.as("sid")];
    const room = "dm:sid:walt";
    await ask(stranger, { ...again(room, 1), mentions: ["walt"] });
    await ask(victim, { action: "focus", rooms: [room] });
    here.received(victim);
    for (const [action, fields] of [
      ["send", { text: "look", mentions: ["walt"] }],
      ["edit", { seq: 1, text: "buy more", mentions: ["walt"] }],
      ["react", { seq: 1, emoji: "👍", on: true }],
      ["typing", { on: true, id: "1" }],
      ["read", { seq: 1 }],
      ["join", {}],
      ["invite", { user: "walt" }],
      ["delete", { seq: 1 }],
    ] as const) {
      await ask(stranger, { action, room, ...fields });
      expect({ action, heard: here.received(victim) }).toEqual({ action, heard: [] });
    }
    expect((await act("mentions", {}, await signed({ sub: "walt" }))).body).toMatchObject({
      mentions: [],
    });
  });

  it("disturbs nobody who blocks it by sending its first message again", async () => {
    const [victim, stranger] = [await here.as("will"), await here.as("stan")];
    const first = { ...again("dm:stan:will", 1), cid: "c-1" };
    await ask(stranger, first);
    await ask(victim, { action: "block", user: "stan", on: true });
    here.received(victim);
    expect(codesOf(await ask(stranger, first))).toEqual(["ack"]);
    expect(here.received(victim)).toEqual([]);
  });

  it("is not let in by itself, nor by a third", async () => {
    const [victim, stranger] = [await here.as("xena"), await here.as("tom")];
    const room = "dm:tom:xena";
    await ask(stranger, again(room, 1));
    const third = await signed({ sub: "ted" });
    for (const action of ["join", "decline"]) {
      const answer = await act(action, { room }, third);
      expect(answer).toMatchObject({ status: 403, body: { error: { code: "forbidden" } } });
    }
    const own = await signed({ sub: "tom" });
    await act("join", { room }, own);
    await act("decline", { room }, own);
    for (const one of [victim, stranger]) here.received(one);
    expect(codesOf(await ask(stranger, again(room, 2)))).toEqual(["forbidden"]);
    expect(here.received(victim)).toEqual([]);
  });

  it("is not told a declined request from one that waits, nor from a block", async () => {
    const answers: string[] = [];
    const deeds: [string, object][] = [
      ["hello", {}],
      ["decline", { room: "dm:una:yves-1" }],
      ["block", { user: "una", on: true }],
    ];
    const stranger = await here.as("una");
    for (const [n, [action, fields]] of deeds.entries()) {
      const room = `dm:una:yves-${n}`;
      await ask(stranger, again(room, 1));
      await act(action, fields, await signed({ sub: `yves-${n}` }));
      here.received(stranger);
      const token = await signed({ sub: "una" });
      const seen = [
        await ask(stranger, again(room, 2)),
        await ask(stranger, { ...again(room, 2), replyTo: 9 }),
        await ask(stranger, { ...again(room, 2), thread: 9 }),
        await ask(stranger, { ...again(room, 2), everyone: true }),
        await ask(stranger, { action: "edit", room, seq: 1, text: "buy more" }),
        await ask(stranger, { action: "react", room, seq: 1, emoji: "👍", on: true }),
        await ask(stranger, { action: "who", room }),
        await ask(stranger, { action: "readers", room, seq: 1 }),
        await ask(stranger, { action: "sync", rooms: { [room]: 1 } }),
        await askHttp(post, { token, path: { room }, body: { text: "buy 2" } }),
        (await act("hello", {}, token)).body.rooms.find(
          (one: { room: string }) => one.room === room,
        ),
      ];
      const { events } = (await act("history", { room }, token)).body;
      expect(events).toHaveLength(1);
      const { tag, seq } = events[0];
      expect(seq).toBe(1);
      answers.push(JSON.stringify(seen).replaceAll(room, "ROOM").replaceAll(tag, "TAG"));
    }
    expect(new Set(answers).size).toBe(1);
  });
});
