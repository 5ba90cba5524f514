/** A request for several rooms is refused one of them alone; an outage of it counts as refused. */
import type { Report } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import { isReportable } from "../../protocol/envelope.ts";
import type { RefusedRoom } from "../../protocol/serverFrames.ts";

/**
 * The room's entry in the answer.
 * @throws `error` unless it is a ChatError
 */
export function refusedRoom(
  operation: "sync" | "focus",
  room: string,
  error: unknown,
  report: Report,
): RefusedRoom {
  if (!(error instanceof ChatError)) throw error;
  if (isReportable(error)) report(`${operation} of a room failed`, { error });
  return { room, error: error.refusal };
}
