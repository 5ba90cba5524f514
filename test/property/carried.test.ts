/** Whatever a message carries, it fits one frame: the worst messages are built here. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideAppend } from "../../lib/actions/messages/append.ts";
import { fittingReactions } from "../../lib/actions/messages/reactionSummary.ts";
import { SyncReply } from "../../lib/actions/messages/syncReply.ts";
import { clientFrames } from "../../lib/protocol/clientFrames.ts";
import { bytesOf, countThatFit } from "../../lib/protocol/frameSize.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { directRoom } from "../../lib/protocol/names.ts";
import { parse } from "../../lib/protocol/parse.ts";
import type { LogEvent, MessageEvent } from "../../lib/protocol/serverFrames.ts";
import { logEvent } from "../support/fixtures.ts";

/** Escaped at twice its length, or at six times. */
const longestUser = '"'.repeat(limits.userCharacters);
const room = directRoom(longestUser, longestUser);
const largest = Number.MAX_SAFE_INTEGER;
const id = "i".repeat(64);

/** Mostly at the edges: what is a little too much is refused, and what is not is the worst. */
const near = (max: number) =>
  fc.oneof(fc.nat(max), fc.integer({ min: max - 10, max }), fc.constant(max));
const character = fc.constantFrom("\u0001", '"', "😀", "x", "é");
const longText = fc
  .tuple(character, near(limits.textCharacters))
  .map(([one, count]) => one.repeat(Math.max(1, count)));
const longData = fc.oneof(
  fc.jsonValue(),
  fc.tuple(character, near(limits.dataBytes)).map(([one, count]) => ({ a: one.repeat(count) })),
  near(limits.dataBytes / 2).map((count) => Array.from({ length: count }, () => 1)),
);
const message = fc.record(
  {
    text: longText,
    data: longData,
    replyTo: fc.constantFrom(1, largest - 1),
    thread: fc.constantFrom(1, largest - 1),
    mentions: near(Math.floor(limits.mentionBytes / bytesOf(longestUser))).map((count) =>
      Array.from({ length: count }, () => longestUser),
    ),
  },
  { requiredKeys: ["text"] },
);

function eventOf(content: object) {
  const parsed = parse(clientFrames.send, { action: "send", room, ...content });
  if (!parsed.ok) return undefined;
  const { text, data, replyTo, thread, mentions = [] } = parsed.value;
  const stamp = { cid: "c".repeat(64), sentAtMs: largest, tag: "t".repeat(8) };
  const name = "😀".repeat(limits.displayNameCharacters);
  const place = { ...(replyTo && { replyTo }), ...(thread && { thread, inRoom: true as const }) };
  const named = mentions.length > 0 && { mentions, everyone: true as const };
  const draft = { room, from: longestUser, name, text, data, ...place, ...named };
  return decideAppend([logEvent(largest - 1)], { ...draft, ...stamp });
}

/** With all that becomes of a message beside what it carries. */
function changedOf(sent: MessageEvent): MessageEvent {
  const thread = sent.thread ?? { replies: limits.repliesCounted, lastSeq: largest };
  const event = { ...sent, thread, v: largest, editedAtMs: largest };
  return { ...event, reactions: mostBeside(event) };
}

/** The entry that says so, with the message as it is now. */
const entryOf = (now: MessageEvent) => {
  const stamp = { seq: largest, n: largest, tag: "t".repeat(8), prev: "t".repeat(8) };
  const by = { from: longestUser, cid: "c".repeat(64), sentAtMs: largest };
  return { ...stamp, kind: "changed" as const, of: now.seq, v: largest, ...by, now };
};

/** Twenty emoji and twenty names beside each, of the longest there are, as far as they fit. */
function mostBeside(event: MessageEvent) {
  const users = Array.from({ length: limits.reactionUsers }, () => longestUser);
  const one = { emoji: "👩🏿‍❤️‍💋‍👩🏽", count: limits.reactorsCounted, users };
  return fittingReactions(
    Array.from({ length: limits.reactionEmoji }, () => one),
    event,
  );
}

/** Beside as many names of rooms as fit into a request. */
function expectSynced(shown: LogEvent): void {
  const names = Array.from({ length: limits.syncRooms - 1 }, (_, index) => `r-${index}`);
  const used = bytesOf([room, ...names, ""]);
  const reply = new SyncReply([room, ...names, "r".repeat(limits.syncNameBytes - used)]);
  reply.place({ room, cursor: largest - 1, events: [shown], head: undefined });
  for (const one of reply.endless()) one.head = { seq: largest, n: largest };
  const frame = { ...reply.frame(), id };
  expect(frame).toMatchObject({ rooms: [{ events: [shown] }] });
  expect(bytesOf(frame)).toBeLessThanOrEqual(limits.frameBytes);
}

describe("the largest message", () => {
  it("fits one frame, also as what it has changed to, pushed, on a page, and in a sync", () => {
    let worst = 0;
    fc.assert(
      fc.property(message, (content) => {
        const decision = eventOf(content);
        if (decision === undefined) return;
        const event = changedOf(decision.event);
        worst = Math.max(worst, bytesOf(event));
        for (const shown of [event, entryOf(event)]) {
          const frame = { type: "events", id, room, events: [shown] };
          expect(bytesOf(frame)).toBeLessThanOrEqual(limits.frameBytes);
          expect(countThatFit([shown])).toBe(1);
        }
        expectSynced(entryOf(event));
      }),
      { numRuns: 300 },
    );
    expect(worst).toBeGreaterThan(limits.carriedBytes); // the worst was among them
  });

  it("leaves a text of ordinary characters, at any length, enough for all the rest", () => {
    const data = "x".repeat(limits.dataBytes - 2);
    for (const one of ["😀", "世", "é", "x"]) {
      const text = one.repeat(limits.textCharacters);
      expect(eventOf({ text, data, replyTo: 1 })).toBeDefined();
    }
    expect(eventOf({ text: "\u0001".repeat(limits.textCharacters), data })).toBeUndefined();
  });
});
