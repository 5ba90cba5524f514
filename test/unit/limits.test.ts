/** Relations between limits: what has to stay true when somebody changes one of them. */
import { describe, expect, it } from "vitest";
import { habits } from "../../capacity/habits.ts";
import { focusRoomCost, requestCosts, syncRoomCost } from "../../lib/actions/budget.ts";
import { fittingReactions } from "../../lib/actions/messages/reactionSummary.ts";
import { SyncReply } from "../../lib/actions/messages/syncReply.ts";
import { memberKey } from "../../lib/adapters/dynamodb/items.ts";
import { bytesOf, countThatFit, envelopeBytes } from "../../lib/protocol/frameSize.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { directRoom, roomName, userName } from "../../lib/protocol/names.ts";
import type { LogEvent, MessageEvent } from "../../lib/protocol/serverFrames.ts";
import { logEvent, tagsAt } from "../support/fixtures.ts";

/** JSON doubles each of these; a direct room's name doubles the others' colons. */
const longestUser = '"'.repeat(limits.userCharacters);
const longestRoom = directRoom(longestUser, longestUser);
const colons = limits.escapedUserCharacters - limits.userCharacters;
const longestEscaped = ":".repeat(colons) + "u".repeat(limits.userCharacters - colons);
const ordinaryUser = "u".repeat(64);
const ordinaryRoom = directRoom(ordinaryUser, ordinaryUser);
const largest = Number.MAX_SAFE_INTEGER;
const largestEvent = logEvent(largest, {
  from: longestUser,
  name: "😀".repeat(limits.displayNameCharacters),
  cid: "c".repeat(64),
  text: "\u0001".repeat(limits.textCharacters - limits.dataBytes / 6), // six bytes each in JSON
  data: "d".repeat(limits.dataBytes - 2 - 4),
  replyTo: largest,
  thread: { replies: limits.repliesCounted, lastSeq: largest },
});
/** The longest emoji beside the longest names, as many as there can be. */
const mostReactions = Array.from({ length: limits.reactionEmoji }, () => ({
  emoji: "👩🏿‍❤️‍💋‍👩🏽",
  count: limits.reactorsCounted,
  users: Array.from({ length: limits.reactionUsers }, () => longestUser),
}));
/** Some names fit, so that no space is left. */
const namedReactions = mostReactions.map((one) => ({ ...one, users: one.users.map(() => "u") }));
/** The largest entry of a log with the event that it is about. */
const largestChange: LogEvent = {
  ...{ seq: largest, n: largest, ...tagsAt(largest), kind: "changed", of: largest, v: largest },
  ...{ from: longestUser, cid: "c".repeat(64), sentAtMs: largest },
  now: withReactions({ ...largestEvent, v: largest, editedAtMs: largest }),
};
function withReactions(event: MessageEvent): MessageEvent {
  return { ...event, reactions: fittingReactions(namedReactions, event) };
}

describe("limits", () => {
  it("let the largest event travel in one frame", () => {
    expect(countThatFit([largestEvent])).toBe(1);
    const id = "i".repeat(64);
    const frame = { type: "history", id, room: longestRoom, events: [largestEvent], more: false };
    expect(bytesOf(frame)).toBeLessThanOrEqual(limits.frameBytes);
    expect(countThatFit([largestChange])).toBe(1);
  });

  it("let emoji and their counts stand beside the largest message, and names beside most", () => {
    const { reactions, ...rest } =
      largestChange.kind === "changed" ? (largestChange.now ?? {}) : {};
    expect(reactions).toMatchObject(mostReactions.map(({ emoji, count }) => ({ emoji, count })));
    expect(bytesOf({ ...rest, reactions })).toBeLessThanOrEqual(limits.eventBytes);
    const users = Array.from({ length: limits.reactionUsers }, (_, n) => `user-${n}`.padEnd(8));
    const ordinary = mostReactions.slice(0, 13).map((one) => ({ ...one, emoji: "👍🏿", users }));
    expect(fittingReactions(ordinary, logEvent(1))).toEqual(ordinary);
    expect(bytesOf(fittingReactions(mostReactions, logEvent(1)))).toBeLessThanOrEqual(
      limits.reactionsBytes,
    );
  });

  it("leave an envelope for every frame that holds events", () => {
    const empty = { type: "history", id: "i".repeat(64), room: longestRoom, events: [] };
    expect(bytesOf({ ...empty, more: false })).toBeLessThanOrEqual(envelopeBytes);
  });

  it("let every text be carried alone", () => {
    const text = "\u0001".repeat(limits.textCharacters);
    expect(bytesOf(text)).toBe(limits.carriedBytes);
  });

  it("let a sync answer for its first room, and name all others, at the largest sizes", () => {
    const names = Array.from({ length: limits.syncRooms }, (_, n) => `${n}`.padStart(2, "0"));
    const spare = limits.syncNameBytes - bytesOf(names) - bytesOf(longestRoom) - 1;
    const rooms = [longestRoom, ...names.slice(2), names[0] + "r".repeat(spare)];
    expect(bytesOf(rooms)).toBeLessThanOrEqual(limits.syncNameBytes);
    const reply = new SyncReply(rooms);
    reply.place({
      room: longestRoom,
      cursor: largest - 1,
      events: [largestChange],
      head: undefined,
    });
    for (const one of reply.endless()) one.head = { seq: largest, n: largest };
    const frame = { ...reply.frame(), id: "i".repeat(64) };
    expect(frame).toMatchObject({ rooms: [{ events: [largestChange] }], later: rooms.slice(1) });
    expect(bytesOf(frame)).toBeLessThanOrEqual(limits.frameBytes);
    expect(limits.frameBytes - bytesOf(frame)).toBeLessThan(1_024); // it could hardly be more
  });

  it("let a sync name fifty direct rooms of ordinary users", () => {
    const room = directRoom(ordinaryUser.slice(0, 36), ordinaryUser.slice(0, 36));
    const rooms = Array.from({ length: limits.syncRooms }, () => room);
    expect(bytesOf(rooms)).toBeLessThanOrEqual(limits.syncNameBytes);
  });

  it("leave an envelope for a welcome and a who without their lists", () => {
    const { frameBytes, textCharacters, historyLimit } = limits;
    const welcome = {
      ...{ type: "welcome", id: "i".repeat(64), user: longestUser, connectionId: "c".repeat(128) },
      ...{ protocol: 1, expiresAtMs: largest, rooms: [], more: false },
      limits: { frameBytes, textCharacters, historyLimit },
    };
    expect(bytesOf(welcome)).toBeLessThanOrEqual(envelopeBytes);
    const who = { type: "who", id: "i".repeat(64), room: longestRoom, online: [], more: false };
    expect(bytesOf({ ...who, count: largest })).toBeLessThanOrEqual(envelopeBytes);
  });

  it("let a full welcome and a full who of ordinary names travel in one frame", () => {
    const room = { seq: largest, n: largest, readSeq: largest, unread: largest };
    const rooms = Array.from({ length: limits.welcomeRooms }, () => ({
      room: ordinaryRoom,
      ...room,
    }));
    expect(countThatFit(rooms)).toBe(limits.welcomeRooms);
    const user = { user: ordinaryUser, connections: limits.whoSubscriptions };
    const online = Array.from({ length: limits.whoUsers }, () => user);
    expect(countThatFit(online)).toBe(limits.whoUsers);
  });

  it("let the longest users have a direct room whose key DynamoDB takes", () => {
    for (const user of [longestUser, longestEscaped]) {
      expect(userName.safeParse(user).success).toBe(true);
      const room = directRoom(user, user);
      expect(roomName.safeParse(room).success).toBe(true);
      expect(memberKey(user, room).sk.length).toBeLessThanOrEqual(1_024);
    }
    expect(userName.safeParse(`${longestEscaped.slice(0, -1)}:`).success).toBe(false);
  });

  it("let people do at once what they do", () => {
    const sync = (rooms: number) => requestCosts.sync + rooms * syncRoomCost;
    const { hello, join, send } = requestCosts;
    const twentyConnectionsComeBack = 20 * (hello + sync(50) + sync(10));
    expect(twentyConnectionsComeBack).toBeLessThan(limits.budgetUnits);
    expect(12 * join + 12 * sync(1)).toBeLessThan(limits.budgetUnits);
    const messagesPerSecond = 25; // in one room, and all of them one user's
    const messages = (messagesPerSecond * limits.budgetWindowMs) / 1_000;
    expect(messages * send).toBeLessThan(limits.budgetUnits);
  });

  it("count nothing in the table for a person at their busiest", () => {
    const { hello, send, typing, read, sync, focus } = requestCosts;
    const rooms = Object.values(habits.rooms).reduce((all, kind) => all + kind.rooms, 0);
    const comingBack = hello + sync + rooms * syncRoomCost + focus + focusRoomCost;
    const threeMessages = 3 * (send + habits.typing * typing);
    expect(comingBack + threeMessages + 4 * read).toBeLessThan(limits.budgetShareUnits);
  });

  it("let no request cost more than a user may spend", () => {
    const sync = requestCosts.sync + limits.syncRooms * syncRoomCost;
    const focus = requestCosts.focus + limits.focusRooms * focusRoomCost;
    expect(Math.max(sync, focus, ...Object.values(requestCosts))).toBeLessThan(limits.budgetUnits);
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

  it("let the authorizer ask an issuer twice before its time is over", () => {
    expect(limits.issuerRequestMs * 2).toBeLessThan(15_000);
    expect(limits.keysFreshMs).toBeLessThan(limits.keysKeptMs);
    expect(limits.connectionSeconds).toBeLessThan(limits.tokenLifetimeSeconds);
  });

  it("keep a connection item as long as a gateway keeps the connection", () => {
    expect(limits.connectionSeconds).toBeGreaterThan(2 * 60 * 60);
  });

  it("let one connection sync more rooms than one frame names", () => {
    expect(limits.syncRooms).toBeLessThan(limits.topicsPerConnection);
    expect(limits.topicsPerConnection).toBeGreaterThanOrEqual(limits.welcomeRooms);
  });
});
