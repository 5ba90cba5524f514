/** Relations between limits: what has to stay true when somebody changes one of them. */
import { describe, expect, it } from "vitest";
import { bytesOf, countThatFit, envelopeBytes } from "../../lib/domain/frameSize.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { logEvent } from "../support/fixtures.ts";

const longestUser = "u".repeat(64);
const longestRoom = `dm:${longestUser}:${longestUser}`;
const largest = Number.MAX_SAFE_INTEGER;
const largestEvent = logEvent(largest, {
  from: longestUser,
  name: '"'.repeat(limits.displayNameCharacters),
  cid: "c".repeat(64),
  text: "\u0001".repeat(limits.textCharacters), // six bytes each in JSON
});

describe("limits", () => {
  it("let the largest event travel in one frame", () => {
    expect(countThatFit([largestEvent])).toBe(1);
    const id = "i".repeat(64);
    const frame = { type: "history", id, room: longestRoom, events: [largestEvent], more: false };
    expect(bytesOf(frame)).toBeLessThanOrEqual(limits.frameBytes);
  });

  it("leave an envelope for every frame that holds events", () => {
    const empty = { type: "history", id: "i".repeat(64), room: longestRoom, events: [] };
    const sync = { ...empty, type: "sync", seq: largest, complete: false };
    expect(bytesOf(sync)).toBeLessThanOrEqual(envelopeBytes);
  });

  it("let a full welcome and a full who travel in one frame", () => {
    const room = { room: longestRoom, seq: largest, n: largest, readSeq: largest, unread: largest };
    const rooms = Array.from({ length: limits.welcomeRooms }, () => room);
    expect(bytesOf({ rooms }) + envelopeBytes).toBeLessThanOrEqual(limits.frameBytes);
    const user = { user: longestUser, connections: limits.whoSubscriptions };
    const online = Array.from({ length: limits.whoUsers }, () => user);
    expect(bytesOf({ online }) + envelopeBytes).toBeLessThanOrEqual(limits.frameBytes);
  });

  it("see the whole of the rate limit in one tail", () => {
    expect(limits.senderEvents).toBeLessThanOrEqual(limits.tailEvents);
    expect(limits.tailEvents).toBeLessThanOrEqual(limits.sendAfterEvents);
  });

  it("end a function before its gateway gives it up", () => {
    const gatewayMs = 29_000;
    expect(limits.publishMs + limits.postTimeoutMs * 2).toBeLessThan(gatewayMs);
    expect(limits.tableRequestMs * limits.tableRequestAttempts).toBeLessThan(10_000); // connect
    expect(limits.awaitedPublishMs).toBeLessThan(limits.publishMs);
  });

  it("keep a connection item as long as a gateway keeps the connection", () => {
    expect(limits.connectionSeconds).toBeGreaterThan(2 * 60 * 60);
  });

  it("let one connection sync more rooms than one frame names", () => {
    expect(limits.syncRooms).toBeLessThan(limits.topicsPerConnection);
    expect(limits.topicsPerConnection).toBeGreaterThanOrEqual(limits.welcomeRooms);
  });
});
