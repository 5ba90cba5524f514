/**
 * A page of what was reported in a room, newest messages first. A direct room, and a room without
 * owners, has nobody who leads it: there only the operator's servers see it.
 */
import type { Ports } from "../../ports.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { countThatFit } from "../../protocol/frameSize.ts";
import { limits } from "../../protocol/limits.ts";
import { parseRoom } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { type RoomCaller, requireRight, type StandingPorts } from "../rooms/standing.ts";

/** @throws ChatError `not_member`, `forbidden` */
export async function reports(
  { room, after }: ClientFrame<"reports">,
  caller: RoomCaller,
  ports: StandingPorts & Pick<Ports, "reported">,
): Promise<ServerFrame<"reports">> {
  const isDirect = parseRoom(room).users !== undefined;
  if (!(isDirect && caller.isAdmin)) {
    await requireRight("see reports", room, caller, ports);
  }
  const nowMs = ports.clock.nowMs();
  const found = await ports.reported.list(room, positionOf(after), limits.reportsPage + 1, nowMs);
  const all = found.slice(0, limits.reportsPage).map(({ event, by, ...told }) => {
    return { report: `${event.seq}.${by}`, by, ...told, event };
  });
  const fitting = all.slice(0, Math.max(1, countThatFit(all)));
  return { type: "reports", room, reports: fitting, more: found.length > fitting.length };
}

function positionOf(report: string | undefined): { seq: number; by: string } | undefined {
  if (report === undefined) return undefined;
  const dot = report.indexOf(".");
  return { seq: Number(report.slice(0, dot)), by: report.slice(dot + 1) };
}
