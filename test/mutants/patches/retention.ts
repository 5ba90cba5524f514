/** Messages whose time is over. */
import type { Patch } from "../patch.ts";

const retained = "lib/actions/messages/retained.ts";
const sweep = "lib/actions/messages/sweep.ts";
const tests = ["test/unit/retention.test.ts"];
const stored = ["test/contract/expiry.test.ts"];

export const retentionPatches: readonly Patch[] = [
  {
    what: "pages show what is past its time until it is deleted",
    file: retained,
    before: "if (!found.some(isPast)) return found;",
    after: "return found;",
    tests,
  },
  {
    what: "an owner keeps messages for longer than the operator",
    file: retained,
    before: "return Math.min(retentionMs || Number.POSITIVE_INFINITY, longestMs);",
    after: "return retentionMs || longestMs;",
    tests,
  },
  {
    what: "the newest event is shown with its text past its time",
    file: retained,
    before: "? [withoutContent(event)] : []",
    after: "? [event] : []",
    tests,
  },
  {
    what: "the sweep removes a room's newest event",
    file: sweep,
    before: "!isPast(event) || event.seq >= head.seq",
    after: "!isPast(event)",
    tests,
  },
  {
    what: "a walk that was out of time is taken for one that has ended",
    file: sweep,
    before: "if (ended.includes(false)) break; // these logs again",
    after: "",
    tests,
  },
];

export const expiryPatches: readonly Patch[] = [
  {
    what: "a walk goes on within the log in which its page ended",
    file: "lib/adapters/dynamodb/expiry.ts",
    before: 'isLog ? roomKey("").sk : (sk?.S ?? "")',
    after: 'isLog ? (sk?.S ?? "") : (sk?.S ?? "")',
    tests: stored,
  },
  {
    what: "the beginning of a log goes back",
    file: "lib/adapters/dynamodb/expiry.ts",
    before: "attribute_not_exists(begins) OR begins.seq < :seq",
    after: "attribute_not_exists(begins) OR begins.seq <> :seq",
    tests: stored,
  },
  {
    what: "what hangs on a message outlives it",
    file: "lib/adapters/dynamodb/expiry.ts",
    before: "      await removeHanging(room, seqs);\n      await deleteAll(",
    after: "      await deleteAll(",
    tests: stored,
  },
];
