/** Rate limits, and what one may try in order to get around them. */
import { describe, expect, it, vi } from "vitest";
import { limits } from "../../lib/protocol/limits.ts";
import { attacked, codesOf, signed } from "./attacked.ts";

vi.mock("../../lib/runtime.ts", async () => {
  const { actionBudget } = await import("../../lib/domain/actionBudget.ts");
  const budget = actionBudget(limits.actionBurst, limits.actionsPerSecond);
  return { ...(await import("./attacked.ts")).attackedRuntime(), budget: () => budget };
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

describe("the limit of a connection", () => {
  it("ends a burst of any action, refused ones included, and of no other connection", async () => {
    const [flooder, other] = [await here.as("flooder"), await here.as("flooder")];
    const codes = new Map<string, number>();
    for (let sent = 0; sent < limits.actionBurst + 50; sent += 1) {
      const frame = sent % 2 === 0 ? { action: "ping" } : { action: "who", room: "secret" };
      for (const code of codesOf(await ask(flooder, frame))) {
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
    }
    expect(codes.get("rate_limited")).toBe(50);
    expect(codesOf(await ask(other, { action: "ping" }))).toEqual(["pong"]);
  });
});
