/** A message that a request names by its position, and the refusals where it cannot serve. */
import type { Membership } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
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

/** The refusal of a request about a message that is not there, or not for this reader. */
export function noMessage(seq: number): ChatError {
  return new ChatError("bad_request", `there is no message ${seq}`);
}

/** @throws ChatError `deleted` */
export function assertNotDeleted(message: MessageEvent): void {
  if (!message.deleted) return;
  throw new ChatError("deleted", "the message was deleted");
}
