/**
 * Where benches in virtual time begin: a room of four whose tail is full, and the latencies of AWS.
 * Taken of AWS: within one region, warm, on kept-alive connections.
 */
import { latencies as requestLatencies } from "../capacity/habits.ts";
import { connect } from "../lib/actions/connections/connect.ts";
import { join } from "../lib/actions/rooms/join.ts";
import type { ConnectedCaller } from "../lib/model.ts";
import type { MeteredService } from "./meteredService.ts";
import { caller, say } from "./unitsScenario.ts";

export const latencies = { invocationMs: 15, ...requestLatencies };
export const room = "general";
/** As many as `send` looks back at. */
export const pastMessages = 10;
const recipients = 3;

/** Its members come in and talk. Returns the first, who has not spoken. */
export async function roomOfFour({ ports, costOf }: MeteredService): Promise<ConnectedCaller> {
  const alice = caller("alice", ports);
  const others = Array.from({ length: recipients }, (_, n) => caller(`other-${n}`, ports));
  for (const one of [alice, ...others]) {
    await connect(one.connection, ports);
    await join({ action: "join", room }, one, ports);
  }
  for (let n = 0; n < pastMessages; n += 1) {
    await costOf(() => say({ room }, others[n % recipients] ?? alice, ports));
  }
  return alice;
}
