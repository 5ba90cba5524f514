/**
 * React to a message with an emoji, or take that back.
 *
 * (1) The user's reaction is put where it hangs on the message, an item of its own: twice is once.
 * (2) What the message says of its reactions is counted anew from these items, and changed as every
 * message is: its item, the entry in the log, the push, the reply. It is never added to, so neither
 * a repeated frame nor a request that was killed makes it wrong: the next reaction counts all.
 *
 * A count is stored only on the version that it began from. One that loses to two others is done:
 * the second one began after the first had ended, so behind this reaction, and has counted it.
 */

import type { Reactions } from "../../messagePorts.ts";
import type { ChangeableMessage } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { limits } from "../../protocol/limits.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { assertNotBlocked } from "../rooms/membership.ts";
import { assertMay, type RoomCaller, type Standing, standingOf } from "../rooms/standing.ts";
import { type ChangeMessagePorts, changeMessage, type Decided } from "./changeMessage.ts";
import { assertNotDeleted, messageFor, noMessage } from "./findMessage.ts";
import { isSameCount, reactionsOf } from "./reactionSummary.ts";

const operation = "react in";

type ReactPorts = ChangeMessagePorts & Pick<Ports, "reactions">;

/**
 * @throws ChatError `not_member`, `forbidden` (no right, or too many emoji), `closed`, `muted`,
 * `bad_request` (no such message), `deleted`
 */
export async function react(
  frame: ClientFrame<"react">,
  caller: RoomCaller,
  ports: ReactPorts,
): Promise<ServerFrame<"reacted">> {
  const { room, seq, emoji, on } = frame;
  const nowMs = ports.clock.nowMs();
  const standing = await standingOf(ports, operation, room, caller);
  assertMay("react", operation, standing, caller, nowMs);
  assertNotBlocked(operation, standing.room, caller.user, standing.item);
  await setReaction(frame, standing, caller.user, nowMs, ports);
  const options = { publishMs: limits.awaitedPublishMs };
  const decide = recounting(room, seq, ports);
  const request = { operation, room: standing.room, seq, options };
  await changeMessage(request, ports, decide);
  return { type: "reacted", room, seq, emoji, on };
}

/** @throws ChatError `bad_request`, `deleted`, `forbidden` */
async function setReaction(
  { room, seq, emoji, on }: ClientFrame<"react">,
  { membership }: Standing,
  user: string,
  nowMs: number,
  { log, reactions }: ReactPorts,
): Promise<void> {
  const [event, own] = await Promise.all([log.find(room, seq), reactions.find(room, seq, user)]);
  const message = messageFor(membership, event);
  if (message === undefined) throw noMessage(operation, room, seq);
  assertNotDeleted(operation, room, message);
  const mine = (own?.emoji ?? []).map((one) => one.emoji);
  if (mine.includes(emoji) === on) return;
  if (!on) return reactions.remove(room, seq, user, emoji);
  const there = (message.reactions ?? []).map((one) => one.emoji);
  const isNew = !there.includes(emoji) && there.length >= limits.reactionEmoji;
  if (isNew || mine.length >= limits.reactionEmoji) {
    const reason = `a message has at most ${limits.reactionEmoji} emoji`;
    throw new ChatError("forbidden", `unable to ${operation} ${room}; ${reason}`);
  }
  await reactions.put(room, seq, user, emoji, nowMs);
}

/** Decides what the message says of its reactions, given how it is before they are counted. */
export function recounting(
  room: string,
  seq: number,
  { reactions }: { reactions: Pick<Reactions, "list"> },
) {
  let firstRev: number | undefined;
  return async ({ event, reactionsRev }: ChangeableMessage): Promise<Decided> => {
    assertNotDeleted(operation, room, event);
    const { v = 1 } = event;
    firstRev ??= reactionsRev;
    if (reactionsRev >= firstRev + 2) return { made: { v } };
    const reactors = await reactions.list(room, seq, { limit: limits.reactorsCounted });
    const counted = reactionsOf(reactors, event);
    if (isSameCount(counted, event.reactions)) return { made: { v } };
    const rev = { reactionsRev: reactionsRev + 1 };
    return counted.length > 0
      ? { fromV: v, set: { ...rev, reactions: counted }, remove: [] }
      : { fromV: v, set: rev, remove: ["reactions"] };
  };
}
