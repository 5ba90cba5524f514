/**
 * React to a message with an emoji, or take that back.
 *
 * (1) The user's reaction is put where it hangs on the message, an item of its own: twice is once.
 * (2) What the message says of its reactions is counted anew from these items, and changed as every
 * message is: its item, the entry in the log, the push, the reply. It is never added to, so neither
 * a repeated frame nor a request that was killed makes it wrong.
 *
 * The table's stream brings each reaction to `announce`, which counts as well. So a request that is
 * killed is counted, and where many have reacted (2) is left to the stream: it counts once for all
 * that came together.
 */

import type { Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { limits } from "../../protocol/limits.ts";
import type { MessageEvent, ServerFrame } from "../../protocol/serverFrames.ts";
import { requireWriter } from "../people/requests.ts";
import type { RoomCaller, Standing } from "../rooms/standing.ts";
import { type ChangeByRightPorts, changeMessage } from "./changeMessage.ts";
import { assertNotDeleted, messageFor, noMessage } from "./findMessage.ts";
import { recounting } from "./recountReactions.ts";

type ReactPorts = ChangeByRightPorts & Pick<Ports, "reactions">;

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
  const { user } = caller;
  const standing = await requireWriter("react", room, user, nowMs, ports);
  const message = await setReaction(frame, standing, user, nowMs, ports);
  const reacted = { type: "reacted", room, seq, emoji, on } as const;
  if (reactionsIn(message) >= limits.reactionsCountedAtOnce) return reacted;
  const options = { publishMs: limits.awaitedPublishMs };
  const decide = recounting(room, seq, ports);
  const request = { room: standing.room, seq, options };
  await changeMessage(request, ports, decide);
  return reacted;
}

/** How many reactions a message says there are. */
const reactionsIn = ({ reactions = [] }: MessageEvent): number =>
  reactions.reduce((sum, { count }) => sum + count, 0);

/** The message as it was before. @throws ChatError `bad_request`, `deleted`, `forbidden` */
async function setReaction(
  { room, seq, emoji, on }: ClientFrame<"react">,
  { membership }: Standing,
  user: string,
  nowMs: number,
  { log, reactions }: ReactPorts,
): Promise<MessageEvent> {
  const [event, own] = await Promise.all([log.find(room, seq), reactions.find(room, seq, user)]);
  const message = messageFor(membership, event);
  if (message === undefined) throw noMessage(seq);
  assertNotDeleted(message);
  const mine = (own?.emoji ?? []).map((one) => one.emoji);
  if (mine.includes(emoji) === on) return message;
  if (!on) {
    await reactions.remove(room, seq, user, emoji);
    return message;
  }
  const there = (message.reactions ?? []).map((one) => one.emoji);
  const isNew = !there.includes(emoji) && there.length >= limits.reactionEmoji;
  if (isNew || mine.length >= limits.reactionEmoji) {
    throw new ChatError("forbidden", `a message has at most ${limits.reactionEmoji} emoji`);
  }
  await reactions.put(room, seq, user, emoji, nowMs);
  return message;
}
