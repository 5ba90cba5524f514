/** Mistakes in reactions: what is counted, when, and how much of it is shown. */
import type { Patch } from "../patch.ts";

const react = "lib/actions/messages/react.ts";
const recount = "lib/actions/messages/recountReactions.ts";
const announcing = "lib/actions/messages/announceChanges.ts";
const tests = ["test/unit/reactions.test.ts"];

export const reactionPatches: readonly Patch[] = [
  {
    what: "a count replaces what changed since it began",
    file: recount,
    before: "{ fromV: v, set: { ...rev, reactions: counted }, remove: [] }",
    after: "{ set: { ...rev, reactions: counted }, remove: [] }",
    tests,
  },
  {
    what: "a reaction is put and never counted",
    file: recount,
    before: "if (reactionsRev >= firstRev + 2) return",
    after: "if (reactionsRev >= firstRev) return",
    tests,
  },
  {
    what: "a reaction that is put again counts as a later one",
    file: "lib/adapters/dynamodb/reactions.ts",
    before: "if_not_exists(#emoji, :at)",
    after: ":at",
    tests: ["test/contract/reactions.test.ts"],
  },
  {
    what: "a deleted message keeps its reactions",
    file: "lib/protocol/events.ts",
    before: '"edits", "reactions", "reactionsRev"',
    after: '"edits", "reactionsRev"',
    tests,
  },
  {
    what: "a text that is made longer leaves its message no room in a frame",
    file: "lib/actions/messages/edit.ts",
    before: "reactions: fittingReactions(event.reactions, { ...event, ...content }),",
    after: "reactions: event.reactions,",
    tests,
  },
  {
    what: "each of many reactions is counted by its request",
    file: react,
    before: "if (reactionsIn(message) >= limits.reactionsCountedAtOnce) return reacted;",
    after: "void reactionsIn(message);",
    tests,
  },
  {
    what: "a reaction whose request died is never counted",
    file: announcing,
    before: "if (upToRev > 0) await ifThere(",
    after: "if (upToRev < 0) await ifThere(",
    tests,
  },
  {
    what: "reactions that came together are counted one by one",
    file: announcing,
    before: "for (const [seq, { upToRev, isWritten }] of seqs) {\n",
    after:
      "for (const [seq, { upToRev, isWritten }] of seqs) {\n" +
      "    if (upToRev > 0) await recountReactions(room, seq, upToRev, ports, options);\n",
    tests,
  },
  {
    what: "every count that was stored is made again",
    file: "lib/actions/messages/recountReactions.ts",
    before: "found.reactionsRev > upToRev",
    after: "found.reactionsRev > upToRev + 9",
    tests,
  },
  {
    what: "a count that was stored beside a reaction is not looked at again",
    file: "lib/adapters/dynamodb/appended.ts",
    before: "recountedUpTo: Number(recountedUpTo)",
    after: "recountedUpTo: 0 * Number(recountedUpTo)",
    tests: ["test/unit/shards.test.ts"],
  },
];
