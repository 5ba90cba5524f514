/** Mistakes in code that decides. */
import type { Patch } from "../patch.ts";

const append = "lib/actions/messages/append.ts";
const frameSize = "lib/protocol/frameSize.ts";
const topics = "lib/pubsub/topics.ts";
const appendTests = ["test/unit/append.test.ts"];
const pieces = ["test/unit/pieces.test.ts"];
const shards = ["test/unit/shards.test.ts"];

export const decisionPatches: readonly Patch[] = [
  {
    what: "anybody's message with the same cid is a duplicate",
    file: append,
    before: "event.from === draft.from && event.cid === draft.cid",
    after: "event.cid === draft.cid",
    tests: appendTests,
  },
  {
    what: "a cid that was used for another text is a duplicate",
    file: append,
    before: "earlier.text !== draft.text",
    after: "false",
    tests: appendTests,
  },
  {
    what: "the message number is the position",
    file: append,
    before: "n: head.n + 1,",
    after: "n: head.seq + 1,",
    tests: appendTests,
  },
  {
    what: "a message is stored in a log that went back behind its sender",
    file: append,
    before: "  assertSameLog(recent, draft);",
    after: "",
    tests: appendTests,
  },
  {
    what: "a log that went back is not seen at the oldest event that decides",
    file: append,
    before: "afterTag !== undefined ? after - 1 : after",
    after: "afterTag !== undefined ? after : after",
    tests: appendTests,
  },
  {
    what: "a cursor that is just too far behind is taken",
    file: append,
    before: "head.seq - after > limits.sendAfterEvents;",
    after: "head.seq - after > limits.sendAfterEvents + 1;",
    tests: appendTests,
  },
  {
    what: "a cursor that is just near enough is refused",
    file: append,
    before: "head.seq - after > limits.sendAfterEvents;",
    after: "head.seq - after >= limits.sendAfterEvents;",
    tests: appendTests,
  },
  {
    what: "a cursor beyond the head is taken",
    file: append,
    before: "if (after > head.seq) {",
    after: "if (after > head.seq + 1) {",
    tests: appendTests,
  },
  {
    what: "one message more than the rate limit",
    file: append,
    before: "own[limits.senderEvents - 1]",
    after: "own[limits.senderEvents]",
    tests: appendTests,
  },
  {
    what: "the rate limit counts a message that is as old as its window",
    file: append,
    before: "draft.sentAtMs - event.sentAtMs < limits.senderWindowMs",
    after: "draft.sentAtMs - event.sentAtMs <= limits.senderWindowMs",
    tests: appendTests,
  },
  {
    what: "the rate limit counts more than the tail",
    file: append,
    before: "assertNotTooFast(recent.slice(0, limits.tailEvents), draft);",
    after: "assertNotTooFast(recent, draft);",
    tests: appendTests,
  },
  {
    what: "the search for a duplicate ends one event early",
    file: append,
    before: "after < oldest.seq - 1;",
    after: "after < oldest.seq - 2;",
    tests: appendTests,
  },
  {
    what: "a frame of events is one byte too large",
    file: frameSize,
    before: "if (bytes > bytesMax) return index;",
    after: "if (bytes > bytesMax + 1) return index;",
    tests: pieces,
  },
  {
    what: "a frame of events is cut one byte early",
    file: frameSize,
    before: "if (bytes > bytesMax) return index;",
    after: "if (bytes >= bytesMax) return index;",
    tests: pieces,
  },
  {
    what: "bytes of a frame are its characters",
    file: frameSize,
    before: "Buffer.byteLength(JSON.stringify(frame))",
    after: "JSON.stringify(frame).length",
    tests: pieces,
  },
  {
    what: "a direct room with oneself is two topics",
    file: topics,
    before: "[...new Set(users)].map(userTopic)",
    after: "users.map(userTopic)",
    tests: ["test/unit/send.test.ts"],
  },
  {
    what: "a topic is split by what its older shards hold",
    file: topics,
    before: " && shard >= Math.floor(shards / 2)",
    after: "",
    tests: shards,
  },
  {
    what: "a topic is split where its shard holds just what it may",
    file: topics,
    before: "connections > limits.shardConnections",
    after: "connections >= limits.shardConnections",
    tests: shards,
  },
  {
    what: "a topic has more shards than the most",
    file: topics,
    before: "Math.min(limits.shardsMax, shards * 2)",
    after: "shards * 2",
    tests: shards,
  },
  {
    what: "a user may spend one request more than the limit",
    file: "lib/actions/budget.ts",
    before: "spent.everywhere + spent.uncounted) >= limit",
    after: "spent.everywhere + spent.uncounted) > limit",
    tests: ["test/unit/userBudget.test.ts"],
  },
  {
    what: "a gateway takes one more than its capacity",
    file: "lib/actions/gateways/occupancy.ts",
    before: ">= capacity) return false;",
    after: "> capacity) return false;",
    tests: ["test/unit/chooseGateway.test.ts"],
  },
  {
    what: "a draining gateway is given out",
    file: "lib/actions/gateways/gatewayChoice.ts",
    before: 'state === "open"',
    after: "state !== undefined",
    tests: ["test/unit/chooseGateway.test.ts"],
  },
  {
    what: "a member of nothing is let into a public room",
    file: "lib/actions/rooms/membership.ts",
    before: "if (!belongs) {",
    after: "if (!belongs && room.users) {",
    tests: ["test/unit/send.test.ts"],
  },
  {
    what: "a connection outlives its token",
    file: "lib/model.ts",
    before: "Math.min(tokenExpiresAtMs, nowMs + limits.connectionSeconds * 1_000)",
    after: "nowMs + limits.connectionSeconds * 1_000",
    tests: pieces,
  },
  {
    what: "a token that is one character too long is taken",
    file: "lib/identity/token.ts",
    before: "token.length > limits.tokenCharacters ?",
    after: "token.length > limits.tokenCharacters + 1 ?",
    tests: ["test/unit/token.test.ts"],
  },
];
