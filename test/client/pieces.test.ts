/** The small pieces of the client, one by one. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChatError } from "../../client/chatError.ts";
import { readFrame } from "../../client/frames.ts";
import * as limits from "../../client/limits.ts";
import { assertRoomName, directRoom } from "../../client/names.ts";
import { Outbox } from "../../client/outbox.ts";
import { systemPorts } from "../../client/ports.ts";
import { Presence } from "../../client/presence.ts";
import { backoffMs, decideRetry, noTries } from "../../client/retries.ts";
import * as names from "../../lib/protocol/names.ts";

const failed = (code: ChatError["code"], retryable: boolean, retryAfterMs?: number) =>
  new ChatError(code, "unable to try", { retryable, retryAfterMs });

describe("names", () => {
  it("are judged as the service does", () => {
    const part = fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9._@|:-]{0,6}$/),
      fc.string({ unit: fc.constantFrom(..."~:01a . "), maxLength: 6 }),
    );
    const name = fc.oneof(
      fc.string(),
      part,
      fc.tuple(part, part).map(([a, b]) => `dm:${a}:${b}`),
    );
    const isOurs = (value: string) => {
      try {
        assertRoomName(value);
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(name, (value) => {
        expect(isOurs(value)).toBe(names.roomName.safeParse(value).success);
      }),
      { numRuns: 2_000 },
    );
    const long = [255, 256].map((length) => "u".repeat(length));
    const escaped = [250, 251].map((length) => "~1".repeat(length));
    for (const value of [
      ...["a".repeat(64), "a".repeat(65), "__proto__", "general\n", "dm:.:a", "dm:..:a"],
      ...[...long, ...escaped].map((user) => `dm:${user}:${user}`),
    ]) {
      expect(isOurs(value)).toBe(names.roomName.safeParse(value).success);
    }
  });

  it("of direct rooms are the service's", () => {
    for (const [a, b] of [
      ["alice", "bob"],
      ["bob", "alice"],
      ["a", "B"],
      ["a", "a"],
      ["f:1:jo", "a~b"],
      ["a:b", "a;b"],
      ["a~", "a}"],
    ] as const) {
      expect(directRoom(a, b)).toBe(names.directRoom(a, b));
    }
  });

  it("of messages are in the grammar, and no two the same", () => {
    const cids = Array.from({ length: 100 }, () => systemPorts.newCid());
    expect(new Set(cids).size).toBe(100);
    for (const cid of cids) expect(names.clientName.safeParse(cid).success).toBe(true);
  });
});

describe("a retry", () => {
  it("waits a random part of 1, 2, 4 … 30 s", () => {
    const waits = [0, 1, 2, 3, 4, 5, 50].map((failures) => backoffMs(failures, () => 0.5));
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  });

  it("waits as long as it is told to and a random part, longer each time", () => {
    const told = failed("rate_limited", true, 2_400);
    const waits: number[] = [];
    let tries = noTries;
    for (let i = 0; i < 4; i += 1) {
      expect(decideRetry(told, tries, () => 0)).toMatchObject({ afterMs: 2_400 });
      const next = decideRetry(told, tries, () => 0.5);
      if ("error" in next) throw next.error;
      waits.push(next.afterMs);
      tries = next.tries;
    }
    expect(waits).toEqual([2_900, 3_400, 4_400, 6_400]);
    expect(tries).toEqual({ failures: 0, waits: 4, waitedMs: 17_100 });
  });

  it("takes a wait that it is told for no failure, until it has waited for too long", () => {
    const told = failed("rate_limited", true, 2_400);
    const waits = limits.attempts + 1;
    const short = { failures: 3, waits, waitedMs: limits.toldToWaitMs - 1 };
    expect(decideRetry(told, short, () => 0)).toMatchObject({ tries: { failures: 3 } });
    const long = { ...short, waitedMs: limits.toldToWaitMs };
    expect(decideRetry(told, long, () => 0)).toMatchObject({
      error: { code: "gave_up", retryable: false, cause: told },
    });
  });

  it("is not made where it cannot help", () => {
    const error = failed("forbidden", false);
    expect(decideRetry(error, noTries, () => 0.5)).toEqual({ error });
  });

  it("ends after so many attempts, and says how the last one ended", () => {
    const error = failed("unavailable", true);
    const before = { ...noTries, failures: limits.attempts - 2 };
    const next = decideRetry(error, before, () => 0);
    expect(next).toMatchObject({ afterMs: 0, tries: { failures: limits.attempts - 1 } });
    const last = decideRetry(error, { ...before, failures: limits.attempts - 1 }, () => 0);
    expect(last).toMatchObject({ error: { code: "gave_up", retryable: false, cause: error } });
  });
});

describe("an outbox", () => {
  const stored = (cid: string) => ({ room: "general", seq: 1, n: 1, cid, sentAtMs: 0 });

  it("keeps the order, and a cid once", async () => {
    const outbox = new Outbox();
    const [one, two] = [outbox.add("1", "one"), outbox.add("2", "two")];
    expect(outbox.add("1", "one")).toBe(one);
    expect(outbox.first).toBe(one);
    outbox.settle(stored("1"));
    outbox.settle(stored("1"));
    expect(outbox.first).toBe(two);
    expect(await one.stored).toEqual(stored("1"));
  });

  it("settles in any order", async () => {
    const outbox = new Outbox();
    const [one, two] = [outbox.add("1", "one"), outbox.add("2", "two")];
    outbox.settle(stored("2"));
    await two.settled;
    expect(outbox.first).toBe(one);
    outbox.fail("1", failed("forbidden", false));
    await expect(one.stored).rejects.toMatchObject({ code: "forbidden" });
    await one.settled;
    expect(outbox.first).toBeUndefined();
  });

  it("takes no more than so many", async () => {
    const outbox = new Outbox();
    for (let i = 0; i < limits.outboxMessages; i += 1) outbox.add(String(i), "hi");
    const refused = outbox.add("one more", "hi");
    expect(outbox.find("one more")).toBeUndefined();
    await expect(refused.stored).rejects.toMatchObject({ code: "outbox_full" });
    outbox.settle(stored("0"));
    outbox.add("one more", "hi");
    expect(outbox.find("one more")).toBeDefined();
  });
});

describe("presence", () => {
  const push = (user: string, atMs: number, online = true) =>
    ({ type: "presence", room: "general", user, online, atMs }) as const;

  it("drops what a newer push of the same user has overtaken", () => {
    const presence = new Presence();
    expect(presence.receive(push("bob", 20, false))).toBe(true);
    expect(presence.receive(push("bob", 10))).toBe(false);
    expect(presence.receive(push("carol", 10))).toBe(true);
    expect(presence.receive(push("bob", 20))).toBe(true);
  });

  it("forgets who was not heard of longest when there are too many", () => {
    const presence = new Presence();
    for (let i = 0; i < limits.presenceUsers; i += 1) presence.receive(push(`user-${i}`, 10));
    presence.receive(push("user-0", 11));
    presence.receive(push("one-more", 10));
    expect(presence.receive(push("user-1", 5))).toBe(true);
    expect(presence.receive(push("user-0", 5))).toBe(false);
  });
});

describe("a frame", () => {
  it.each([
    ["nothing", "", undefined],
    ["no JSON", "{", undefined],
    ["no object", "7", undefined],
    ["null", "null", undefined],
    ["binary", new Uint8Array(1), undefined],
    ["the gateway's", '{"message":"Internal server error"}', "gateway"],
    ["of any type", '{"type":"new"}', { type: "new" }],
  ])("is read when it is %s", (_, data, read) => {
    expect(readFrame(data)).toEqual(read);
  });
});
