/**
 * Count the reactions to a message anew, from the items that hang on it.
 *
 * A count is stored only on the version that it began from. One that loses to two others is done:
 * the second one began after the first had ended, so behind this reaction, and has counted it.
 *
 * A count that is no other is not stored, and so keeps none from being stored that began before it.
 * Therefore the stream brings each count that was stored, and the last of these is counted again:
 * of all that reacts and counts, the last is followed by a count that sees everything.
 */
import type { Reactions } from "../../messagePorts.ts";
import type { ChangeableMessage } from "../../model.ts";
import { limits } from "../../protocol/limits.ts";
import type { Room } from "../../protocol/names.ts";
import type { PublishEventOptions } from "../publish.ts";
import type { AnnounceChangePorts } from "./announceChange.ts";
import { changeMessage, type Decided } from "./changeMessage.ts";
import { assertNotDeleted } from "./findMessage.ts";
import { isSameCount, reactionsOf } from "./reactionSummary.ts";

/**
 * Count for the stream, which announces a change that was made before by itself. Nothing is done
 * where a count behind revision `upToRev` was stored: the stream brings that one, too.
 */
export async function recountReactions(
  room: Room,
  seq: number,
  upToRev: number,
  ports: AnnounceChangePorts & { reactions: Pick<Reactions, "list"> },
  options: PublishEventOptions,
): Promise<void> {
  const recount = recounting(room.name, seq, ports);
  const done = { made: { v: 1 } };
  await changeMessage({ room, seq, options }, ports, async (found) => {
    if (found.event.deleted || found.reactionsRev > upToRev) return done;
    const decided = await recount(found);
    return "made" in decided ? done : decided;
  });
}

/** Decides what the message says of its reactions, given how it is before they are counted. */
export function recounting(
  room: string,
  seq: number,
  { reactions }: { reactions: Pick<Reactions, "list"> },
) {
  let firstRev: number | undefined;
  return async ({ event, reactionsRev }: ChangeableMessage): Promise<Decided> => {
    assertNotDeleted(event);
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
