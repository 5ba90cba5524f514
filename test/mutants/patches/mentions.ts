/** Mistakes in what a message carries. */
import type { Patch } from "../patch.ts";

const send = "lib/actions/messages/send.ts";
const carriedTests = ["test/unit/carried.test.ts"];

export const mentionPatches: readonly Patch[] = [
  {
    what: "a message quotes what is no message",
    file: send,
    before: 'quoted?.kind === "message" && quoted.seq >= fromSeq',
    after: "quoted === undefined || quoted.seq >= fromSeq",
    tests: carriedTests,
  },
  {
    what: "a member quotes what came before they could read",
    file: send,
    before: " && quoted.seq >= fromSeq",
    after: "",
    tests: carriedTests,
  },
  {
    what: "a message with other data is a duplicate",
    file: "lib/actions/messages/append.ts",
    before: " && isSameData && ",
    after: " && ",
    tests: carriedTests,
  },
  {
    what: "a message may carry more than fits a frame",
    file: "lib/protocol/clientFrames.ts",
    before: "carriedBytes(carried) <= limits.carriedBytes",
    after: "carriedBytes(carried) <= limits.carriedBytes * 2",
    tests: ["test/property/carried.test.ts"],
  },
];
