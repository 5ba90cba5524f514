/**
 * Change a message that is in the log: (1) one conditional update of its item, which raises its
 * `v`; (2) an entry in the log that says so; (3) the push, then the reply. In this order a reader
 * who finds the entry finds the change as well. Killed between 1 and 2, the table's stream brings
 * the change to `announce`, which writes the entry. A retry finds its change made, and writes the
 * entry unless it is there: so behind every reply there is one.
 */
import type { ChangeableMessage, MessageChange } from "../../model.ts";
import { limits } from "../../protocol/limits.ts";
import type { Room } from "../../protocol/names.ts";
import type { MessageEvent } from "../../protocol/serverFrames.ts";
import type { PublishEventOptions } from "../publish.ts";
import type { StandingPorts } from "../rooms/standing.ts";
import { busy } from "../rooms/takeStep.ts";
import { type AnnounceChangePorts, announceChange, ensureAnnounced } from "./announceChange.ts";
import { noMessage } from "./findMessage.ts";

export type ChangeByRightPorts = AnnounceChangePorts & StandingPorts;

/** A change to be made, or how the message is where it was made before. */
export type Decided = MessageChange | { made: { v: number } };

interface Request {
  room: Room;
  seq: number;
  options: PublishEventOptions;
  /** Done ahead of the change, so that a retry does it again where it died behind this. */
  before?: (event: MessageEvent) => Promise<void>;
  /** Done behind the change; with what the message was, unless the change was made before. */
  behind?: (changed: MessageEvent, was?: MessageEvent) => Promise<void>;
}

/**
 * The `v` that the change made. `decide` throws to refuse.
 * @throws ChatError `bad_request` (no such message), `rate_limited`; and what `decide` throws
 */
export async function changeMessage(
  { room, seq, options, before, behind }: Request,
  ports: AnnounceChangePorts,
  decide: (found: ChangeableMessage) => Decided | Promise<Decided>,
): Promise<number> {
  for (let attempt = 0; attempt < limits.changeAttempts; attempt += 1) {
    const found = await ports.log.findChangeable(room.name, seq);
    if (found === undefined) throw noMessage(seq);
    const decided = await decide(found);
    if ("made" in decided) {
      const { v } = decided.made;
      await behind?.(found.event);
      // At 1 nothing has changed yet.
      if (v > 1) await ensureAnnounced(ports, room, { ...found.event, v }, options);
      return v;
    }
    await before?.(found.event);
    const changed: MessageEvent | undefined = await ports.log.change(room.name, seq, decided);
    if (changed !== undefined) {
      await behind?.(changed, found.event);
      await announceChange(ports, room, changed, options);
      return changed.v ?? 1;
    }
  }
  throw busy();
}
