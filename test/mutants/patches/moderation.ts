/** Mistakes in blocks, preferences, reports and the limits for an account. */
import type { Patch } from "../patch.ts";

const block = "lib/actions/people/block.ts";
const blockTests = ["test/unit/blocks.test.ts"];
const allowanceTests = ["test/unit/allowance.test.ts"];
const requestTests = ["test/unit/messageRequests.test.ts"];
const preferencesTests = ["test/unit/preferences.test.ts"];

export const moderationPatches: readonly Patch[] = [
  {
    what: "a blocked user's messages are accepted",
    file: "lib/actions/messages/send.ts",
    before: "    assertNotBlocked(room, caller.user, tail.room);\n",
    after: "    void assertNotBlocked;\n",
    tests: blockTests,
  },
  {
    what: "a block keeps both users from writing",
    file: "lib/actions/rooms/membership.ts",
    before: "other !== undefined && blockedBy.includes(other)",
    after: "other !== undefined && blockedBy.length > 0",
    tests: blockTests,
  },
  {
    what: "a stranger has a second message ahead of an answer to the first",
    file: "lib/actions/messages/send.ts",
    before: "if (isHeld && n > limits.requestMessages && !isAnswered)",
    after: "if (isHeld && n < limits.requestMessages && !isAnswered)",
    tests: requestTests,
  },
  {
    what: "an edit of a message request is pushed to who has not accepted it",
    file: "lib/actions/messages/announceChange.ts",
    before: "publishEvent(await heardBy(ports, room), shown",
    after: "publishEvent((await heardBy(ports, room)) && room, shown",
    tests: requestTests,
  },
  {
    what: "a message request is edited while it waits",
    file: "lib/actions/people/requests.ts",
    before: "if (other?.state) throw notTaken();",
    after: 'if (other?.state === "left") throw notTaken();',
    tests: requestTests,
  },
  {
    what: "an answer to a message request leaves its invitation to be declined",
    file: "lib/adapters/dynamodb/memberships.ts",
    before: '"REMOVE #state, invitedBy, rev"',
    after: '"REMOVE #state, invitedBy"',
    tests: ["test/contract/messageRequests.test.ts"],
  },
  {
    what: "a message request that is accepted meanwhile is not pushed",
    file: "lib/actions/messages/send.ts",
    before: "const heard = state ? heardAlone(room, by) : room;",
    after: "const heard = isHeld ? heardAlone(room, by) : room;",
    tests: requestTests,
  },
  {
    what: "a blocked user invites",
    file: "lib/actions/rooms/invite.ts",
    before: "if (await hasBlocked(ports, frame.user, caller.user)) {",
    after: "if (await hasBlocked(ports, caller.user, frame.user)) {",
    tests: blockTests,
  },
  {
    what: "a block whose entry another device took off meanwhile is not listed",
    file: block,
    before: "  if (on) await ports.blocks.put(user, other);\n  else await takeOff",
    after: "  if (!on) await takeOff",
    tests: blockTests,
  },
  {
    what: "ending a block takes the entry of one that another device has just made",
    file: block,
    before: "  if (await hasBlocked(ports, user, other)) await ports.blocks.put(user, other);\n",
    after: "",
    tests: blockTests,
  },
  {
    what: "hints go on between users of whom one blocks the other",
    file: "lib/actions/people/acquainted.ts",
    before: "blockedBy.length === 0 && ",
    after: "blockedBy.length >= 0 && ",
    tests: blockTests,
  },
  {
    what: "a new message leaves a direct room hidden",
    file: "lib/actions/people/preferences.ts",
    before: "!isShownAgain && ",
    after: "(!isShownAgain || true) && ",
    tests: preferencesTests,
  },
  {
    what: "reading again up to a mark as unread leaves it",
    file: "lib/actions/people/read.ts",
    before: "unreadFrom.seq <= seq;",
    after: "unreadFrom.seq < 0;",
    tests: preferencesTests,
  },
  {
    what: "a room that is marked as unread shows nothing unread behind a message of one's own",
    file: "lib/actions/people/hello.ts",
    before: "isMine && !unreadFrom ? 0",
    after: "isMine ? 0",
    tests: preferencesTests,
  },
  {
    what: "a stranger is shown online in a direct room",
    file: "lib/actions/people/onlineTo.ts",
    before: "return isShown ? found :",
    after: "return isShown || found ? found :",
    tests: blockTests,
  },
  {
    what: "an account begins direct rooms with strangers without end",
    file: "lib/actions/messages/send.ts",
    before: "    await assertMayBegin(place, caller, ports);\n",
    after: "    void assertMayBegin;\n",
    tests: allowanceTests,
  },
  {
    what: "what other instances counted of an account limits nothing",
    file: "lib/actions/allowance.ts",
    before:
      "budget.learn(user, due, total);\n" +
      "      return total > limits.perHour[deed] ? due.windowEndsAtMs - nowMs : 0;",
    after: "return total < 0 ? due.windowEndsAtMs - nowMs : 0;",
    tests: allowanceTests,
  },
  {
    what: "any member reads what is reported",
    file: "lib/actions/messages/reports.ts",
    before: 'await requireRight("see reports", room, caller, ports);',
    after: 'await requireRight("report", room, caller, ports);',
    tests: ["test/unit/reports.test.ts"],
  },
  {
    what: "nothing writes down a kick whose request was killed",
    file: "lib/actions/rooms/putOut.ts",
    before: "if (!isChange && before?.kickedBy === undefined) return;",
    after: "if (!isChange) return;",
    tests: ["test/unit/leftOutEntries.test.ts"],
  },
  {
    what: "an entry of an earlier kick counts for a later one",
    file: "lib/actions/rooms/putOut.ts",
    before: " && event.sentAtMs >= since",
    after: " && since >= 0",
    tests: ["test/unit/leftOutEntries.test.ts"],
  },
  {
    what: "a room that was made once is given to somebody who owns it no more",
    file: "lib/actions/rooms/create.ts",
    before: "if (!item.owners.includes(user)) throw isThere();",
    after: "if (item.rev === 0) throw isThere();",
    tests: ["test/unit/createAgain.test.ts"],
  },
];
