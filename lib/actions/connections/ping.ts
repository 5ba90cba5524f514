/**
 * Keep a connection from idling out. Protocol pings are not seen by handlers, and may not count as
 * use.
 */
import type { Caller } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";

export async function ping(
  _frame: ClientFrame<"ping">,
  _caller: Caller,
  ports: Pick<Ports, "clock">,
): Promise<ServerFrame<"pong">> {
  return { type: "pong", atMs: ports.clock.nowMs() };
}
