/**
 * Empty a gateway that takes no new users: tell its connections to come back elsewhere, in waves of
 * a second each, and close them. Their clients ask for a gateway, get another one, and sync: what
 * was said meanwhile is in the logs. A wave is small enough for the other gateways' quota of new
 * connections.
 *
 * It begins when every function instance must have heard that the gateway is draining, and looks
 * again until it finds nobody whom it has not told: somebody may have been on the way. Killed in
 * between, it is simply run again; what it keeps is only whom it told already, because an index
 * shows a connection for a moment after it has gone.
 */

import { type ForgetPorts, forget } from "../lib/actions/connections/forget.ts";
import { mapInFlight } from "../lib/concurrency.ts";
import type { EndingConnections, GatewayConnections } from "../lib/ports.ts";
import { limits } from "../lib/protocol/limits.ts";
import { disconnectFrame, postWithRetries } from "../lib/pubsub/post.ts";

export type DrainPorts = ForgetPorts & {
  connections: EndingConnections;
  gatewayConnections: GatewayConnections;
};

export interface Drained {
  /** Connections that were told and closed. */
  told: number;
  /** Those that were gone; they are forgotten. */
  gone: number;
  /** Those that could not be told, and were closed as far as their gateway could be reached. */
  untold: number;
  /** Whether nobody was left whom nobody had told. */
  isEmpty: boolean;
}

type Outcome = "told" | "gone" | "untold" | "unready";

/** `endpoint` is the gateway's; `progress` is called after every wave. */
export async function drain(
  endpoint: string,
  ports: DrainPorts,
  perSecond: number = limits.drainedPerSecond,
  progress: (drained: Drained) => void = () => {},
): Promise<Drained> {
  const drained: Drained = { told: 0, gone: 0, untold: 0, isEmpty: false };
  const met = new Set<string>();
  const { clock } = ports;
  for (let round = 0; round < limits.drainRounds; round += 1) {
    await clock.wait(limits.gatewaysKeptMs);
    let found = 0;
    for await (const wave of wavesOf(ports.gatewayConnections.list(endpoint), met, perSecond)) {
      const startedAtMs = clock.nowMs();
      found += wave.length;
      await mapInFlight(wave, limits.postsPerGateway, async (connectionId) => {
        const outcome = await send(ports, { gateway: endpoint, connectionId });
        if (outcome === "unready") return; // the next round finds it ready, or gone
        met.add(connectionId);
        drained[outcome] += 1;
      });
      progress(drained);
      await clock.wait(Math.max(0, startedAtMs + 1_000 - clock.nowMs()));
    }
    drained.isEmpty = found === 0;
    if (drained.isEmpty) break;
  }
  return drained;
}

/** Connections that were not met before, so many at a time. */
async function* wavesOf(
  pages: AsyncIterable<readonly string[]>,
  met: ReadonlySet<string>,
  size: number,
): AsyncGenerator<string[]> {
  let wave: string[] = [];
  for await (const page of pages) {
    for (const connectionId of page) {
      if (met.has(connectionId)) continue;
      wave.push(connectionId);
      if (wave.length < size) continue;
      yield wave;
      wave = [];
    }
  }
  if (wave.length > 0) yield wave;
}

/** Send one connection away. */
async function send(
  ports: DrainPorts,
  to: { gateway: string; connectionId: string },
): Promise<Outcome> {
  const result = await postWithRetries(ports, to, disconnectFrame("draining"));
  if (result === "gone") return forgetIfReady(ports, to.connectionId);
  await ports.gateways.close(to, limits.postTimeoutMs);
  return result === "delivered" ? "told" : "untold";
}

/** Until its handshake is over a living connection answers "gone" too. */
async function forgetIfReady(ports: DrainPorts, connectionId: string): Promise<Outcome> {
  const [known] = await ports.connections.findAll([connectionId]);
  if (known === undefined) return "gone";
  const { connectedAtMs } = known.connection;
  if (ports.clock.nowMs() - connectedAtMs < limits.handshakeMs) return "unready";
  await forget(ports, connectionId);
  return "gone";
}
