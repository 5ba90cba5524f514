/** Rate limits, and what one may try in order to get around them. */
import { describe, expect, it, vi } from "vitest";
import { costOf } from "../../lib/actions/budget.ts";
import type { Action, ClientFrame } from "../../lib/protocol/clientFrames.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { memorySpending } from "../support/memory/spending.ts";
import { attacked, codesOf, signed } from "./attacked.ts";

/** As many function instances as serve the attacker in turn, over one table. */
const instancesMost = 12;

vi.mock("../../lib/runtime.ts", async () => {
  const { userBudget } = await import("../../lib/actions/budget.ts");
  const runtime = (await import("./attacked.ts")).attackedRuntime();
  const spending = memorySpending();
  const { budgetWindowMs: windowMs, budgetUnits: limit, budgetShareUnits: share } = limits;
  const budgets = Array.from({ length: 12 }, () => userBudget({ windowMs, limit, share }));
  let asked = 0;
  const { clock, report } = runtime;
  const chargePorts = () => {
    asked += 1;
    return { budget: budgets[asked % budgets.length], spending, clock, report };
  };
  return { ...runtime, chargePorts };
});
const { ask, askHttp, here } = await attacked();
const post = "POST /rooms/{room}/messages";
let rooms = 0;

async function roomOf(user: string): Promise<string> {
  const room = `room-${++rooms}`;
  await here.ports.memberships.add(user, { room, joinedAtMs: 0, readSeq: 0, readN: 0 });
  return room;
}

describe("the limit of a user in a room", () => {
  it("holds for a user, however many connections they send on", async () => {
    const room = await roomOf("flooder");
    const accepted = [];
    for (let sent = 0; sent < 20; sent += 1) {
      const caller = await here.as("flooder");
      const answers = await ask(caller, { action: "send", room, text: "flood" });
      accepted.push(...codesOf(answers).filter((code) => code === "ack"));
    }
    expect(accepted).toHaveLength(limits.senderEvents);
  });

  it("holds for a user on a socket and over HTTP together", async () => {
    const room = await roomOf("flooder");
    const token = await signed({ sub: "flooder" });
    const flooder = await here.as("flooder");
    for (let sent = 0; sent < limits.senderEvents / 2; sent += 1) {
      await ask(flooder, { action: "send", room, text: "flood" });
      await askHttp(post, { token, path: { room }, body: { text: "flood" } });
    }
    expect(codesOf(await ask(flooder, { action: "send", room, text: "one more" }))).toEqual([
      "rate_limited",
    ]);
    const answer = await askHttp(post, { token, path: { room }, body: { text: "one more" } });
    expect(answer).toMatchObject({ status: 429, body: { error: { code: "rate_limited" } } });
  });

  it("is not got around with cids, with after, or with a name of another case", async () => {
    const room = await roomOf("flooder");
    const flooder = await here.as("flooder");
    for (let sent = 0; sent < limits.senderEvents; sent += 1) {
      await ask(flooder, { action: "send", room, text: "flood", cid: `c-${sent}` });
    }
    for (const extra of [{ cid: "new" }, { after: 0 }, { cid: "new-2", after: 3 }]) {
      const answers = await ask(flooder, { action: "send", room, text: "more", ...extra });
      expect(codesOf(answers)).toEqual(["rate_limited"]);
    }
  });

  it("is nobody else's: others write on while one is held back", async () => {
    const room = await roomOf("flooder");
    await here.ports.memberships.add("alice", { room, joinedAtMs: 0, readSeq: 0, readN: 0 });
    const [flooder, alice] = [await here.as("flooder"), await here.as("alice")];
    for (let sent = 0; sent < 20; sent += 1) {
      await ask(flooder, { action: "send", room, text: "flood" });
    }
    expect(codesOf(await ask(alice, { action: "send", room, text: "hello" }))).toEqual(["ack"]);
  });
});

describe("the budget of a user", () => {
  /** What the instances together may let through: see lib/actions/budget.ts. */
  const most = (cost: number) =>
    limits.budgetUnits + (instancesMost + 1) * (limits.budgetShareUnits + cost);
  const unknownRooms = Object.fromEntries(
    Array.from({ length: limits.syncRooms }, (_, n) => [`nowhere-${n}`, 0]),
  );

  it.each([
    ["ping", { action: "ping" }],
    ["sync of rooms that do not exist", { action: "sync", rooms: unknownRooms }],
    ["typing", { action: "typing", room: "nowhere", on: true }],
    ["leave", { action: "leave", room: "nowhere" }],
    ["focus", { action: "focus", rooms: ["nowhere", "dm:bob:carol"] }],
  ] as const)("holds over twelve function instances, in a flood of %s", async (name, frame) => {
    const attacker = await here.as(`attacker with ${name}`);
    const cost = costOf(frame as ClientFrame<Action>);
    let spent = 0;
    const flood = 1.3 * (most(cost) / cost); // of pings, nearly 3,000
    for (let sent = 0; sent < flood; sent += 1) {
      const [code] = codesOf(await ask(attacker, frame));
      if (code !== "rate_limited") spent += cost;
    }
    expect(spent).toBeGreaterThanOrEqual(limits.budgetUnits);
    expect(spent).toBeLessThanOrEqual(most(cost));
  });

  it("is one for all of the user's connections, and over HTTP, and nobody else's", async () => {
    const [first, second] = [await here.as("flooder"), await here.as("flooder")];
    const token = await signed({ sub: "flooder" });
    const frame = { action: "leave", room: "nowhere" };
    for (let sent = 0; sent < most(50) / 50; sent += 1) await ask(first, frame);
    here.received(second); // what it was told of the first one's
    expect(codesOf(await ask(second, frame))).toEqual(["rate_limited"]);
    const answer = await askHttp("GET /rooms/{room}/events", { token, path: { room: "nowhere" } });
    expect(answer).toMatchObject({ status: 429, body: { error: { code: "rate_limited" } } });
    expect(codesOf(await ask(await here.as("alice"), { action: "ping" }))).toEqual(["pong"]);
  });

  it("holds over HTTP alone", async () => {
    const token = await signed({ sub: "scraper" });
    const asked = { token, path: { room: "nowhere" } };
    const statuses: (number | undefined)[] = [];
    for (let sent = 0; sent < 800; sent += 1) {
      statuses.push((await askHttp("GET /rooms/{room}/events", asked)).status);
    }
    expect(statuses.filter((status) => status === 403).length).toBeLessThanOrEqual(most(10) / 10);
    expect(statuses.at(-1)).toBe(429);
  });

  it("is whole again when the window ends, as the refusal said", async () => {
    const flooder = await here.as("impatient");
    let refused: { retryAfterMs?: number } | undefined;
    while (refused === undefined) {
      const [answer] = await ask(flooder, { action: "leave", room: "nowhere" });
      if (answer?.code === "rate_limited") refused = answer as { retryAfterMs?: number };
    }
    here.pass((refused.retryAfterMs ?? 0) - 1);
    expect(codesOf(await ask(flooder, { action: "ping" }))).toEqual(["rate_limited"]);
    here.pass(1);
    expect(codesOf(await ask(flooder, { action: "ping" }))).toEqual(["pong"]);
  });
});
