/**
 * Keep a connection from idling out. Protocol pings are not seen by handlers, and may not count as
 * use.
 */
import type { Ports } from "../../ports.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";

export async function ping(ports: Pick<Ports, "clock">): Promise<ServerFrame<"pong">> {
  return { type: "pong", atMs: ports.clock.nowMs() };
}
