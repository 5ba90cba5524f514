/** Small domain functions, each with the cases that are easy to get wrong. */
import { describe, expect, it } from "vitest";
import { mapInFlight } from "../../lib/concurrency.ts";
import { connectionExpiryMs } from "../../lib/model.ts";
import { ChatError } from "../../lib/protocol/chatError.ts";
import { errorFrame, isReportable, receive, withId } from "../../lib/protocol/envelope.ts";
import { bytesOf, countThatFit, envelopeBytes } from "../../lib/protocol/frameSize.ts";
import { limits } from "../../lib/protocol/limits.ts";
import {
  directRoom,
  directUsers,
  parseRoom,
  roomName,
  userName,
} from "../../lib/protocol/names.ts";
import { topicsOf } from "../../lib/pubsub/topics.ts";
import { logEvent, nowMs } from "../support/fixtures.ts";

describe("names", () => {
  it.each([
    "a",
    "0",
    "42",
    "a".repeat(255),
    "auth0|5f7",
    "samlp|adfs|jane.doe@corp.example.com|with-more-than-sixty-four-characters",
    "name+tag@example.com",
    "o'brien@example.com",
    "f:0b6cd11c-7f6e-4f0a-9d2f-3a1f3f6f2f0e:jdoe",
    "Zm9vYmFyL2Jhei8rPT0=",
    "_x7Bk2",
    "-x7Bk2",
    "CN=Jane Doe,OU=Users",
    'a"b\\c',
    "~0",
    "...",
    "__proto__",
    "a".repeat(250) + "~".repeat(5),
    ":".repeat(245) + "a".repeat(10),
  ])("has the user %s", (user) => {
    expect(userName.safeParse(user).success).toBe(true);
    expect(directUsers(directRoom(user, "bob"))).toContain(user);
    expect(roomName.safeParse(directRoom(user, "bob")).success).toBe(true);
  });
  it.each([
    "",
    "a".repeat(256),
    " a",
    "a ",
    " ",
    ".",
    "..",
    "ä",
    "a\n",
    "\ta",
    "a\u007f",
    "\u0430lice",
    ":".repeat(246) + "a".repeat(9),
  ])("has no user %j", (user) => {
    expect(userName.safeParse(user).success).toBe(false);
  });
  it.each([
    "general",
    "a.b_c-9",
    "dm",
    "dm:alice:bob",
    "dm:alice:alice",
    "dm:Bob:alice",
    "dm:a b:c d",
    "dm:a~0b:a~1b",
    "dm:f~1x~1jdoe:jane",
  ])("has the room %s", (room) => {
    expect(roomName.safeParse(room).success).toBe(true);
  });
  it.each([
    "General",
    "dm:bob:alice",
    "dm:alice:Bob",
    "dm:alice",
    "dm:a:b:c",
    "dm:a~b:c",
    "dm:a~2b:c",
    "dm:a~:c",
    "dm: a:b",
    "dm:a:b ",
    "dm:.:a",
    `dm:a:${"b".repeat(256)}`,
    `dm:${"~1".repeat(251)}:b`,
    "dm::",
    "dm:",
    "a:b",
    "room\n",
    "-x",
    "x".repeat(65),
  ])("has no room %j", (room) => {
    expect(roomName.safeParse(room).success).toBe(false);
  });
  it("names a direct room alike from both sides, in code-unit order", () => {
    expect(directRoom("bob", "alice")).toBe("dm:alice:bob");
    expect(directRoom("alice", "bob")).toBe("dm:alice:bob");
    expect(directRoom("alice", "Bob")).toBe("dm:Bob:alice");
    expect(directUsers("dm:alice:bob")).toEqual(["alice", "bob"]);
    expect(directUsers("dm")).toBeUndefined();
    expect(directRoom("f:1:jo", "a~b")).toBe("dm:a~0b:f~11~1jo");
    expect(directUsers("dm:a~0b:f~11~1jo")).toEqual(["a~b", "f:1:jo"]);
  });
  it("publishes a direct room to both users, and to oneself once", () => {
    expect(topicsOf(parseRoom("general"))).toEqual(["room:general"]);
    expect(topicsOf(parseRoom("dm:alice:bob"))).toEqual(["user:alice", "user:bob"]);
    expect(topicsOf(parseRoom("dm:alice:alice"))).toEqual(["user:alice"]);
  });
});

describe("countThatFit", () => {
  it("counts bytes and not characters", () => {
    const event = logEvent(1, { text: "😀".repeat(3_800) }); // 15 KB each
    expect(countThatFit([event, event, event])).toBe(2);
    const smaller = logEvent(1, { text: "x".repeat(4_000) });
    expect(countThatFit(Array.from({ length: 20 }, () => smaller))).toBe(7);
  });

  it("fills a frame to the last byte, and no further", () => {
    const sized = (bytes: number) =>
      logEvent(1, { text: "x".repeat(bytes - bytesOf(logEvent(1, { text: "" }))) });
    // Each takes a comma too.
    const half = (limits.frameBytes - envelopeBytes) / 2 - 1;
    expect(countThatFit([sized(half), sized(half)])).toBe(2);
    expect(countThatFit([sized(half), sized(half + 1)])).toBe(1);
  });
});

describe("a connection", () => {
  it("ends with its token, or when a gateway must have closed it", () => {
    const longestMs = nowMs + limits.connectionSeconds * 1_000;
    for (const earlier of [nowMs + 1, longestMs - 1, longestMs]) {
      expect(connectionExpiryMs(nowMs, earlier)).toBe(earlier);
    }
    expect(connectionExpiryMs(nowMs, longestMs + 1)).toBe(longestMs);
  });
});

describe("receive", () => {
  it("finds the id of a frame that is too large, as long as a gateway would hand it over", () => {
    const frame = (length: number) => JSON.stringify({ id: "7", text: "x".repeat(length) });
    const large = receive(frame(limits.frameBytes));
    expect(large).toMatchObject({ id: "7", content: { code: "too_large" } });
    const huge = receive(frame(limits.messageBytes));
    expect(huge).toMatchObject({ id: undefined, content: { code: "too_large" } });
  });
  it("accepts a frame of exactly the limit, in bytes", () => {
    const padding = limits.frameBytes - Buffer.byteLength('{"text":"é"}');
    const frame = `{"text":"é${"x".repeat(padding)}"}`;
    expect(Buffer.byteLength(frame)).toBe(limits.frameBytes);
    expect(receive(frame).content).not.toBeInstanceOf(ChatError);
    expect(receive(`${frame} `).content).toMatchObject({ code: "too_large" });
  });
  it.each([[undefined], [null], [5], [Buffer.from("{}")]])("refuses a body that is %s", (body) => {
    expect(receive(body)).toMatchObject({ id: undefined, content: { code: "bad_request" } });
  });
});

describe("errors", () => {
  it("say nothing of a defect but the request's name", () => {
    const frame = errorFrame(new Error("secret detail"), {}, "r-1");
    expect(frame).toMatchObject({ code: "internal", retryable: true });
    expect(JSON.stringify(frame)).not.toContain("secret");
    expect(frame.message).toContain("r-1");
  });
  it("are reported when they are ours, not when they are the client's", () => {
    expect(isReportable(new Error("x"))).toBe(true);
    expect(isReportable(new ChatError("unavailable", "x", { cause: new Error("y") }))).toBe(true);
    expect(isReportable(new ChatError("bad_request", "x"))).toBe(false);
  });
  it("carry the request's id behind their type", () => {
    const frame = withId({ type: "pong", atMs: 1 }, "7");
    expect(JSON.stringify(frame)).toBe('{"type":"pong","id":"7","atMs":1}');
    expect(withId({ type: "pong", atMs: 1 }, undefined)).toEqual({ type: "pong", atMs: 1 });
  });
});

describe("mapInFlight", () => {
  it("keeps the order of results and never runs more than the limit at once", async () => {
    let running = 0;
    let most = 0;
    const doubled = await mapInFlight([1, 2, 3, 4, 5, 6, 7], 3, async (value) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return value * 2;
    });
    expect(doubled).toEqual([2, 4, 6, 8, 10, 12, 14]);
    expect(most).toBe(3);
  });
  it("maps nothing to nothing", async () => {
    expect(await mapInFlight([], 3, async () => 1)).toEqual([]);
  });
});
