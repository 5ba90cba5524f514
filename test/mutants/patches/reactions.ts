/** Mistakes in reactions: what is counted, when, and how much of it is shown. */
import type { Patch } from "../patch.ts";

const react = "lib/actions/messages/react.ts";
const tests = ["test/unit/reactions.test.ts"];

export const reactionPatches: readonly Patch[] = [
  {
    what: "a count replaces what changed since it began",
    file: react,
    before: "{ fromV: v, set: { ...rev, reactions: counted }, remove: [] }",
    after: "{ set: { ...rev, reactions: counted }, remove: [] }",
    tests,
  },
  {
    what: "a reaction is put and never counted",
    file: react,
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
];
