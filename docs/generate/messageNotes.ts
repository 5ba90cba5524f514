/** What the fields of messages that change, and of requests about them, mean. */
import { limits } from "../../lib/protocol/limits.ts";

export const messageNotes: Record<string, string> = {
  v: "The event's version: 1 at first, and one more with each change; missing: 1.",
  of: "The position of the event that has changed.",
  now: "The event as it is now, where I may see it; of several changes of one, with the last.",
  editedAtMs: "When its text was last edited; milliseconds since 1970.",
  deleted: "By whom and when it was deleted. Nothing of what it said is kept.",
  around: "The events around this position. Not with `before` or `after`.",
  "edit.v": "Edit it only if the message is at this version still.",
  "edit.mentions": "The users that it mentions from now on; missing: they stay the same.",
  "edit.cid": "My name for this edit; makes sending it again harmless.",
  "events.seqs": `Positions of events, at most ${limits.eventsAsked}.`,
  "deleted.by": "Its author, or a moderator or owner of the room.",
  emoji: "One emoji, as Unicode recommends them for interchange.",
  reactions:
    "Who reacted to it, by emoji, in the order in which they were first used; none: nobody.",
  "reactions.emoji": "What they reacted with.",
  "reactions.count": `How many did; a lower bound beyond ${limits.reactorsCounted} users.`,
  "reactions.users": `The first, at most ${limits.reactionUsers}; fewer beside a long text.`,
  "react.seq": "The message's position.",
  "react.on": "Whether to react; false takes it back.",
  "reacted.seq": "The message's position.",
  "reacted.on": "Whether I react with it from now on.",
  "reactors.seq": "The message's position.",
  "reactors.emoji": "Only those who reacted with this one.",
  "reactors.after": "List users whose names come after this one.",
  "reactors.reactors":
    "Who reacted, with one entry for each emoji, in code-unit order of the users.",
  "reactors.mine": "All that I reacted with.",
  "LogEvent.mentions": "Whom it mentions: users who may see it. Names, which the client shows.",
  "LogEvent.everyone": "It mentions everybody in the room.",
  "send.mentions": `Users to mention, at most ${limits.mentionBytes} bytes as JSON.`,
  "send.everyone": "Mention all members: for moderators and owners.",
  "mentions.after": "Only mentions older than this time: the `atMs` of the last one that I have.",
  "mentions.mentions": "Newest first.",
  "LogEvent.data": "What the sender's program put beside the text; any JSON.",
  "LogEvent.replyTo": "The message that this one quotes: its position. Show it as it is now.",
  "send.data":
    `Any JSON, kept with the message: at most ${limits.dataBytes} bytes, nested at most ` +
    `${limits.dataDepth} deep.`,
  "send.replyTo": "The position of a message that this one quotes.",
  "postMessage.data": "As `data` of the `send` frame.",
  "postMessage.replyTo": "As `replyTo` of the `send` frame.",
  "LogEvent.thread":
    "Of a reply, the position of its thread's root; of a root, what there is of replies to it.",
  "LogEvent.inRoom": "The reply is to be shown in the room as well.",
  "thread.replies": `How many there are; a lower bound beyond ${limits.repliesCounted}.`,
  "thread.lastSeq": "The position of the newest one.",
  "send.thread": "The position of the message that this one is a reply to, in its thread.",
  "send.inRoom": "Show the reply in the room as well. With `thread` only.",
  "thread.seq": "The position of the thread's root.",
  "thread.before": "Only replies before this position. Not with `after`.",
  "thread.after": "Only replies behind this position, the first ones. Not with `before`.",
  "thread.events": "Replies, ascending; deleted ones included.",
  "thread.more": "Whether there are more in the direction asked for.",
  "thread.unread":
    "Of who follows the thread: replies of others behind the read position; a lower bound beyond " +
    `${limits.repliesCounted}.`,
};
