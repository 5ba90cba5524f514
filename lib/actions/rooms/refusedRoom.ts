/** A request for several rooms is refused one of them alone; an outage of it counts as refused. */
import type { Report } from "../../ports.ts";
import { actions } from "../../protocol/actions.ts";
import { ChatError } from "../../protocol/chatError.ts";
import { isReportable } from "../../protocol/envelope.ts";
import type { RefusedRoom } from "../../protocol/serverFrames.ts";

/**
 * The room's entry in the answer.
 * @throws `error` unless it is a ChatError
 */
export function refusedRoom(
  action: "sync" | "focus",
  room: string,
  error: unknown,
  report: Report,
): RefusedRoom {
  if (!(error instanceof ChatError)) throw error;
  if (isReportable(error)) report(`${action} of a room failed`, { error });
  return { room, error: error.refusal(actions[action].operation) };
}
