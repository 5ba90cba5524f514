/** A message that a request names by its position: what it quotes, or pins. */
import type { Membership } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import type { LogEvent, MessageEvent } from "../../protocol/serverFrames.ts";

/** Undefined where there is none for this reader. */
export async function findMessage(
  { log }: Pick<Ports, "log">,
  room: string,
  seq: number,
  reader: Membership | undefined,
): Promise<MessageEvent | undefined> {
  return messageFor(reader, await log.find(room, seq));
}

/** `event`, if it is a message, and not from before this reader's log begins. */
export function messageFor(
  reader: Membership | undefined,
  event: LogEvent | undefined,
): MessageEvent | undefined {
  const isThere = event?.kind === "message" && event.seq >= (reader?.fromSeq ?? 0);
  return isThere ? event : undefined;
}
