import { describe, expect, it } from "vitest";
import { type Draft, decideAppend, olderThan } from "../../lib/actions/messages/append.ts";
import type { LogEvent } from "../../lib/protocol/serverFrames.ts";
import { logEvent, nowMs, tagAt } from "../support/fixtures.ts";

const draft: Draft = {
  room: "general",
  from: "bob",
  name: "Bob",
  cid: "new",
  text: "hello",
  sentAtMs: nowMs,
  tag: "new-tag-",
};

/** The newest `count` events of a log with this head, newest first, all by alice and long ago. */
const tailOf = (head: number, count = 10): LogEvent[] =>
  Array.from({ length: Math.min(head, count) }, (_, index) =>
    logEvent(head - index, { sentAtMs: nowMs - 60_000 }),
  );

const codeOf = (recent: LogEvent[], changes: Partial<Draft> = {}) => {
  try {
    decideAppend(recent, { ...draft, ...changes });
    return "accepted";
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe("decideAppend", () => {
  it("gives the first message of a room position 1", () => {
    const { room: _, ...content } = draft;
    const event = { seq: 1, n: 1, kind: "message", ...content };
    expect(decideAppend([], draft)).toEqual({ kind: "append", event });
  });

  it("gives the position and the message number behind the head (promise 2)", () => {
    const recent = tailOf(60).map((event) => ({ ...event, n: event.seq - 5 }));
    const decision = decideAppend(recent, draft);
    expect(decision).toMatchObject({ kind: "append", event: { seq: 61, n: 56, prev: tagAt(60) } });
  });

  it("finds a message that is there, wherever in what was read (promise 3)", () => {
    const recent = tailOf(60);
    recent[9] = logEvent(51, { from: "bob", cid: "new", text: "hello" });
    expect(decideAppend(recent, draft)).toEqual({ kind: "duplicate", event: recent[9] });
  });

  it("takes nobody else's cid for a duplicate", () => {
    const recent = [logEvent(1, { from: "alice", cid: "new", text: "hello" })];
    expect(decideAppend(recent, draft).kind).toBe("append");
  });

  it("refuses a cid that was used for another text", () => {
    const recent = [logEvent(1, { from: "bob", cid: "new", text: "other" })];
    expect(codeOf(recent)).toBe("bad_request");
  });

  describe("with after", () => {
    it("accepts up to 200 events behind the head, and asks for a sync beyond", () => {
      expect(codeOf(tailOf(300), { after: 100 })).toBe("accepted");
      expect(codeOf(tailOf(300), { after: 99 })).toBe("sync_first");
      expect(codeOf(tailOf(300), { after: 0 })).toBe("sync_first");
    });

    it("refuses a cursor beyond the head", () => {
      expect(codeOf(tailOf(300), { after: 300 })).toBe("accepted");
      expect(codeOf(tailOf(300), { after: 301 })).toBe("bad_request");
      expect(codeOf([], { after: 1 })).toBe("bad_request");
      expect(codeOf([], { after: 0 })).toBe("accepted");
    });

    it("answers a duplicate that it sees, however old the cursor is", () => {
      const recent = [logEvent(300, { from: "bob", cid: "new", text: "hello" }), ...tailOf(299, 9)];
      expect(decideAppend(recent, { ...draft, after: 0 }).kind).toBe("duplicate");
    });
  });

  describe("the event at after", () => {
    const wrong = "other---";

    it("has to be the one that the sender has there, wherever that is (log_reset)", () => {
      for (const after of [300, 295, 291, 100]) {
        const recent = tailOf(300, 201);
        expect(codeOf(recent, { after, afterTag: tagAt(after) })).toBe("accepted");
        expect(codeOf(recent, { after, afterTag: wrong })).toBe("log_reset");
      }
      expect(codeOf(tailOf(300), { after: 301, afterTag: tagAt(301) })).toBe("log_reset");
      expect(codeOf([], { after: 1, afterTag: tagAt(1) })).toBe("log_reset");
    });

    it("is looked at before duplicates: who is lost must not go on", () => {
      const recent = [logEvent(5, { from: "bob", cid: "new", text: "hello" }), ...tailOf(4)];
      expect(decideAppend(recent, { ...draft, after: 4, afterTag: tagAt(4) }).kind).toBe(
        "duplicate",
      );
      expect(codeOf(recent, { after: 4, afterTag: wrong })).toBe("log_reset");
    });

    it("is left to a sync where it is out of sight", () => {
      expect(codeOf(tailOf(300), { after: 99, afterTag: wrong })).toBe("sync_first");
    });
  });

  describe("the rate limit", () => {
    const sentAgo = (...agesMs: number[]) =>
      agesMs.map((ageMs, index) =>
        logEvent(20 - index, { from: "bob", sentAtMs: nowMs - ageMs, cid: `b${index}` }),
      );
    const quickly = (count: number) => sentAgo(...Array.from({ length: count }, (_, i) => i * 100));

    it("lets a user send 8 of the last 10 events within 4 seconds, and then wait", () => {
      expect(codeOf([...quickly(7), ...tailOf(13, 3)])).toBe("accepted");
      expect(codeOf([...quickly(8), ...tailOf(12, 2)])).toBe("rate_limited");
    });

    it("says after how long the same message is accepted", () => {
      const recent = [...quickly(8), ...tailOf(12, 2)];
      let retryAfterMs = 0;
      try {
        decideAppend(recent, draft);
      } catch (error) {
        retryAfterMs = (error as { retryAfterMs: number }).retryAfterMs;
      }
      expect(retryAfterMs).toBe(4_000 - 700);
      const tooEarly = { sentAtMs: nowMs + retryAfterMs - 1 };
      expect(codeOf(recent, tooEarly)).toBe("rate_limited");
      expect(codeOf(recent, { sentAtMs: nowMs + retryAfterMs })).toBe("accepted");
    });

    it("counts only the last 10 events, so others' messages make way", () => {
      const busy = [...tailOf(30, 3), ...quickly(8)];
      expect(codeOf(busy)).toBe("accepted");
    });

    it("does not count others' messages", () => {
      const recent = quickly(10).map((event) => ({ ...event, from: "alice" }));
      expect(codeOf(recent)).toBe("accepted");
    });

    it("answers a retry even to a sender who has to wait", () => {
      const recent = quickly(8);
      const retried = { cid: "b7", text: String(recent[7]?.text) };
      expect(decideAppend(recent, { ...draft, ...retried }).kind).toBe("duplicate");
    });

    it("never asks for more than the window, even when another function's clock was wrong", () => {
      const recent = sentAgo(...Array.from({ length: 8 }, () => -60_000));
      expect(() => decideAppend(recent, draft)).toThrow(
        expect.objectContaining({ code: "rate_limited", retryAfterMs: 4_000 }),
      );
    });
  });
});

describe("olderThan", () => {
  const isNeeded = (...asked: Parameters<typeof olderThan>) => olderThan(...asked) !== undefined;

  it("asks for a cursor further back than what was read, but not too far", () => {
    expect(isNeeded(tailOf(300), {})).toBe(false);
    expect(isNeeded(tailOf(300), { after: 300 })).toBe(false);
    expect(isNeeded(tailOf(300), { after: 290 })).toBe(false);
    expect(isNeeded(tailOf(300), { after: 289 })).toBe(true);
    expect(isNeeded(tailOf(300), { after: 100 })).toBe(true);
    expect(isNeeded(tailOf(300), { after: 99 })).toBe(false);
    expect(isNeeded(tailOf(5), { after: 0 })).toBe(false);
    expect(isNeeded([], { after: 0 })).toBe(false);
  });

  it("asks for the event at the cursor, too, when that has to be checked", () => {
    const needs = (after: number) => isNeeded(tailOf(300), { after, afterTag: tagAt(after) });
    expect([300, 291, 290, 100, 99].map(needs)).toEqual([false, false, true, true, false]);
  });

  const changes = (ageMs: number) =>
    tailOf(300).map((event) => ({
      ...{ ...event, kind: "changed", of: 7, v: 2, sentAtMs: nowMs - ageMs },
    })) as LogEvent[];

  it("asks for messages where changes have pushed them out of the tail", () => {
    const range = { before: 291, limit: 10, order: "newest first", withoutChanged: true };
    expect(olderThan(changes(60_000), {})).toEqual(range);
    expect(olderThan(changes(60_000), { after: 300, sentAtMs: nowMs })).toBeUndefined();
    expect(olderThan(changes(3_999), { after: 300, sentAtMs: nowMs })).toEqual(range);
    const far = { after: 200, sentAtMs: nowMs };
    expect(olderThan(changes(3_999), far)).toEqual({ ...range, limit: 201 });
  });
});
