/** Mistakes in what a message carries, in mentions, pins and in who has read. */
import type { Patch } from "../patch.ts";

const findMessage = "lib/actions/messages/findMessage.ts";
const pin = "lib/actions/messages/pin.ts";
const pinningTests = ["test/unit/pinning.test.ts"];
const mentioning = "lib/actions/messages/mentioning.ts";
const unreadMentions = "lib/actions/people/unreadMentions.ts";
const mentionTests = ["test/unit/mentions.test.ts"];
const carriedTests = ["test/unit/carried.test.ts"];

export const mentionPatches: readonly Patch[] = [
  {
    what: "a message quotes what is no message",
    file: findMessage,
    before: 'event?.kind === "message" && ',
    after: "event !== undefined && ",
    tests: carriedTests,
  },
  {
    what: "a member quotes what came before they could read",
    file: findMessage,
    before: " && event.seq >= (reader?.fromSeq ?? 0)",
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
    file: "lib/protocol/sendFrame.ts",
    before: "carriedBytes(carried) <= limits.carriedBytes",
    after: "carriedBytes(carried) <= limits.carriedBytes * 2",
    tests: ["test/property/carried.test.ts"],
  },
  {
    what: "somebody who is no member is mentioned",
    file: mentioning,
    before: "return member !== undefined && !isBlocked;",
    after: "return !isBlocked;",
    tests: mentionTests,
  },
  {
    what: "a user is mentioned by somebody whom they block",
    file: mentioning,
    before: "return member !== undefined && !isBlocked;",
    after: "return member !== undefined;",
    tests: mentionTests,
  },
  {
    what: "a retry does not put the notes that a crash left out",
    file: "lib/actions/messages/send.ts",
    before: 'if (event.kind === "message") await note(',
    after: 'if (event.kind === "message" && !isDuplicate) await note(',
    tests: mentionTests,
  },
  {
    what: "an edit leaves the notes of those whom it mentions no more",
    file: mentioning,
    before: "  if (gone.length > 0) await notes.remove(gone, [{ atMs, tag }]);\n",
    after: "",
    tests: mentionTests,
  },
  {
    what: "a retried edit does not put the notes that a crash left out",
    file: "lib/actions/messages/changeMessage.ts",
    before: "      await behind?.(found.event);\n",
    after: "",
    tests: mentionTests,
  },
  {
    what: "a mention ends when an older message is read",
    file: unreadMentions,
    before: "return seq > readSeq && ",
    after: "return seq > readSeq + 1 && ",
    tests: mentionTests,
  },
  {
    what: "a mention that is over stays a note",
    file: unreadMentions,
    before: "  if (over.length > 0) await ports.mentions.remove([user], over);",
    after: "",
    tests: mentionTests,
  },
  {
    what: "a log that went back has a negative number of unread messages",
    file: "lib/actions/people/hello.ts",
    before: "return Math.max(0, n - seen);",
    after: "return n - seen;",
    tests: mentionTests,
  },
  {
    what: "a member mentions everyone",
    file: "lib/actions/messages/send.ts",
    before: 'everyone ? "mention everyone" : "send"',
    after: '"send"',
    tests: mentionTests,
  },
  {
    what: "a pin that is there is refused",
    file: pin,
    before: "if (pins.includes(seq) === on) return undefined;",
    after: 'if (pins.includes(seq) === on) throw new ChatError("conflict", "it is");',
    tests: pinningTests,
  },
  {
    what: "a room has one pin too many",
    file: pin,
    before: "pins.length < limits.pins",
    after: "pins.length <= limits.pins",
    tests: pinningTests,
  },
  {
    what: "a pin from before somebody joined is shown to them",
    file: "lib/actions/people/focus.ts",
    before: "pins.filter((seq) => seq >= (member?.fromSeq ?? 0))",
    after: "[...pins]",
    tests: pinningTests,
  },
  {
    what: "readers are shown who have not read so far",
    file: "lib/actions/people/readers.ts",
    before: "read.seq >= seq)",
    after: "read.seq > 0)",
    tests: pinningTests,
  },
];
