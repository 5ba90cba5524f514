/** Mistakes in how messages are changed, and in what is shown of it. */
import type { Patch } from "../patch.ts";

const messages = "lib/actions/messages";
const tests = ["test/unit/changes.test.ts"];
const threadTests = ["test/unit/threads.test.ts"];

export const changePatches: Patch[] = [
  {
    what: "a change whose request died is never announced",
    file: `${messages}/announceChanges.ts`,
    before: "if (message.v !== undefined) await ensureAnnounced(ports, room, message, options);",
    after: "",
    tests: ["test/unit/announceChanges.test.ts"],
  },
  {
    what: "each of many who announce one change at once writes an entry",
    file: `${messages}/putNext.ts`,
    before: "if (said) return",
    after: "if (said && attempt < 0) return",
    tests: ["test/unit/announceChanges.test.ts"],
  },
  {
    what: "an entry about an older change stands for a newer one",
    file: `${messages}/putNext.ts`,
    before: "there.v >= entry.v",
    after: "there.v > 0",
    tests: ["test/unit/announceChanges.test.ts"],
  },
  {
    what: "a change is announced before it is made",
    file: `${messages}/changeMessage.ts`,
    before: "    const changed: MessageEvent | undefined = await",
    after:
      "    await announceChange(ports, room, found.event, options);\n" +
      "    const changed: MessageEvent | undefined = await",
    tests,
  },
  {
    what: "the fan-out posts what the stream brought",
    file: `${messages}/fanOut.ts`,
    before: "return hidesPast ? found : withNow(log, room, found);",
    after: "return found.length > 0 ? [...events] : found;",
    tests: ["test/unit/fanOut.test.ts"],
  },
  {
    what: "a deleted message can be edited",
    file: `${messages}/edit.ts`,
    before: "  assertNotDeleted(event);",
    after: "  if (edits.length > 0) assertNotDeleted(event);",
    tests,
  },
  {
    what: "a delete leaves the text",
    file: "lib/protocol/events.ts",
    before: "  ...Object.keys(carried),\n",
    after: "",
    tests,
  },
  {
    what: "a late retry of an edit is made again",
    file: `${messages}/edit.ts`,
    before: "  if (made) return { made };\n",
    after: "",
    tests,
  },
  {
    what: "a late retry of a message that was edited is refused",
    file: `${messages}/append.ts`,
    before: 'const isAsSent = earlier.kind === "message" && earlier.v === undefined;',
    after: "const isAsSent = true;",
    tests,
  },
  {
    what: "changes push messages out of what is looked through for haste",
    file: `${messages}/append.ts`,
    before: "return { ...range, limit, withoutChanged: true };",
    after: "return { ...range, limit };",
    tests,
  },
  {
    what: "a member is shown what changed before they joined",
    file: `${messages}/present.ts`,
    before: " && event.of >= fromSeq",
    after: " && fromSeq > 0",
    tests,
  },
  {
    what: "all are pushed what some may not see",
    file: `${messages}/announceChange.ts`,
    before: 'event.delivery === "stream" || item.hidesPast',
    after: 'event.delivery === "stream"',
    tests,
  },
  {
    what: "pages of history hold entries about changes",
    file: `${messages}/history.ts`,
    before: "withoutChanged: after === undefined,",
    after: "withoutChanged: false,",
    tests,
  },
  {
    what: "an older version takes the place of a newer one that is shown",
    file: "client/messages.ts",
    before: "one.seq === seq && (one.v ?? 1) < v",
    after: "one.seq === seq && v > 0",
    tests: ["test/client/changes.test.ts"],
  },
  {
    what: "a page that was read before a change takes its place",
    file: "client/changes.ts",
    before: 'now && event.kind === "message" && isNewer(now, event) ? now : event',
    after: 'now && event.kind === "message" && isNewer(event, now) ? now : event',
    tests: ["test/client/changes.test.ts"],
  },
  {
    what: "a reply is acked before its thread has it",
    file: `${messages}/send.ts`,
    before: '  if (typeof thread === "number") await ports.replies.put',
    after: '  if (typeof thread === "string") await ports.replies.put',
    tests: threadTests,
  },
  {
    what: "a reply is counted by what the stream brought, and not anew",
    file: `${messages}/replies.ts`,
    before: "const there = newestFirst.filter(({ isDeleted }) => !isDeleted);",
    after: "const there = [...newestFirst];",
    tests: threadTests,
  },
  {
    what: "a reply whose sender died is not in its thread",
    file: `${messages}/replies.ts`,
    before: "  await replies.put(room, root, reply);\n",
    after: "",
    tests: threadTests,
  },
  {
    what: "a thread hangs on a reply",
    file: `${messages}/send.ts`,
    before: 'message !== undefined && typeof message.thread !== "number";',
    after: "message !== undefined;",
    tests: threadTests,
  },
  {
    what: "replies are counted before the message is read",
    file: `${messages}/replies.ts`,
    before: "fromV: v, set: { thread: counted",
    after: "set: { thread: counted",
    tests: threadTests,
  },
  {
    what: "a change of mine that was refused stays shown",
    file: "client/overlay.ts",
    before: "pending.until = 0;",
    after: "pending.until = Number.POSITIVE_INFINITY;",
    tests: ["test/client/changes.test.ts"],
  },
  {
    what: "a reaction that the log has is counted again",
    file: "client/overlay.ts",
    before: "if (isMine === on) return all;",
    after: "",
    tests: ["test/client/changes.test.ts"],
  },
  {
    what: "two changes of one message are asked for at once",
    file: "client/overlay.ts",
    before: "Promise.resolve(this.#underWay.get(seq))",
    after: "Promise.resolve()",
    tests: ["test/client/changes.test.ts"],
  },
];
