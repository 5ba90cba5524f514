/**
 * Report a message to those who lead its room. A copy is kept: a message that its author
 * deletes at once can still be judged. The copy has a lifetime of its own, and goes with it.
 * Reporting the same message again changes nothing.
 */
import type { Ports } from "../../ports.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { limits } from "../../protocol/limits.ts";
import { parseRoom } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { assertAllowance } from "../allowance.ts";
import { requireMember } from "../rooms/membership.ts";
import type { RoomCaller } from "../rooms/standing.ts";
import { findMessage, noMessage } from "./findMessage.ts";

type ReportPorts = Pick<Ports, "memberships" | "log" | "reported" | "clock" | "allowance">;

/**
 * @throws ChatError `not_member`, `forbidden`, `bad_request` (no message to read there),
 * `rate_limited`
 */
export async function report(
  { room: name, seq, reason }: ClientFrame<"report">,
  caller: RoomCaller,
  { memberships, log, reported, clock, allowance }: ReportPorts,
): Promise<ServerFrame<"reported">> {
  const { user } = caller;
  const room = parseRoom(name);
  const membership = await requireMember({ memberships }, room, user);
  const event = await findMessage({ log }, name, seq, membership);
  if (event === undefined) throw noMessage(seq);
  await assertAllowance({ allowance }, caller, "reports");
  const atMs = clock.nowMs();
  await reported.put(
    name,
    { by: user, atMs, event, ...(reason && { reason }) },
    atMs + limits.reportKeptSeconds * 1_000,
  );
  return { type: "reported", room: name, seq };
}
