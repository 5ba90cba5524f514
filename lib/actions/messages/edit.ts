/**
 * Put another text in place of a message's of mine. Without `v` the last edit wins; with it, only
 * an edit of the message as its author saw it. The item keeps the names of its last edits, so one
 * that is sent again is answered with the version that it made, and overwrites no later one.
 *
 * With `mentions` it also mentions others. The notes that this puts and removes come behind the
 * change and ahead of its announcement. Killed before them, the retry puts what is missing; a note
 * that should have gone stays until its user has read past it.
 */
import type { ChangeableMessage } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import { carriedBytes } from "../../protocol/carried.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { limits } from "../../protocol/limits.ts";
import type { MessageEvent, ServerFrame } from "../../protocol/serverFrames.ts";
import { requireWriter } from "../people/requests.ts";
import type { RoomCaller } from "../rooms/standing.ts";
import { type ChangeByRightPorts, changeMessage, type Decided } from "./changeMessage.ts";
import { contentOf, lackingIn } from "./content.ts";
import { assertNotDeleted } from "./findMessage.ts";
import { type MentioningPorts, mentionable, renoteMentions } from "./mentioning.ts";
import { fittingReactions } from "./reactionSummary.ts";

/** An edit on its way: what it says, when, and by which name. */
interface Wanted {
  frame: Omit<ClientFrame<"edit">, "action" | "id">;
  cid: string;
  user: string;
  nowMs: number;
  /** Of those whom it names, who may be; none: whom the message mentions already. */
  mentions?: string[];
}

/**
 * @throws ChatError `not_member`, `forbidden`, `closed`, `muted`, `bad_request` (no such message),
 * `deleted`, `conflict`
 */
export async function edit(
  frame: ClientFrame<"edit">,
  caller: RoomCaller,
  ports: ChangeByRightPorts & MentioningPorts & Pick<Ports, "newId" | "mentions">,
): Promise<ServerFrame<"edited">> {
  const { room, seq } = frame;
  const nowMs = ports.clock.nowMs();
  const { user } = caller;
  const standing = await requireWriter("edit", room, user, nowMs, ports);
  const mentions =
    frame.mentions && (await mentionable(ports, standing.room, user, frame.mentions));
  const named = mentions && { mentions };
  const wanted = { frame, cid: frame.cid ?? ports.newId(), user, nowMs, ...named };
  const options = { publishMs: limits.awaitedPublishMs };
  const behind = async (changed: MessageEvent, was?: MessageEvent) => {
    if (mentions) await renoteMentions(ports, room, changed, was?.mentions ?? []);
  };
  const request = { room: standing.room, seq, options, behind };
  const v = await changeMessage(request, ports, (found) => decideEdit(found, wanted));
  return { type: "edited", room, seq, v };
}

/** @throws ChatError `forbidden`, `deleted`, `conflict`, `bad_request` (too much in all) */
function decideEdit(
  { event, edits }: ChangeableMessage,
  { frame, cid, user, nowMs, mentions }: Wanted,
): Decided {
  if (event.from !== user) {
    throw new ChatError("forbidden", "the message is another user's");
  }
  assertNotDeleted(event);
  const made = edits.find((one) => one.cid === cid);
  if (made) return { made };
  const v = event.v ?? 1;
  if (frame.v !== undefined && frame.v !== v) {
    throw new ChatError("conflict", `the message is at v ${v}`, { now: event });
  }
  const kept = [...edits, { cid, v: v + 1 }].slice(-limits.editsKept);
  const content = {
    ...contentOf(frame),
    ...(mentions?.length && { mentions }),
    editedAtMs: nowMs,
  };
  const carried = { text: frame.text, data: frame.data, mentions: mentions ?? event.mentions };
  if (carriedBytes(carried) > limits.carriedBytes) {
    throw new ChatError("bad_request", "text, data and mentions are too long together");
  }
  // Beside a longer text fewer may be named.
  const reactions = event.reactions && {
    reactions: fittingReactions(event.reactions, { ...event, ...content }),
  };
  const remove = [...lackingIn(frame), ...(mentions?.length === 0 ? ["mentions"] : [])];
  return { fromV: v, set: { ...content, ...reactions, edits: kept }, remove };
}
