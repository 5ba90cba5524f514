/**
 * Empties a gateway that takes no new users: tells its connections to come back elsewhere, in waves
 * of a second each, and closes them. Their clients ask for a gateway, get another one, and sync the
 * messages they missed. A wave is small enough for the other gateways' quota of new connections.
 *
 * It starts when every function instance must know that the gateway is draining. It looks again
 * until it finds only connections that it has told, because a client may have been on its way. If
 * it is killed, run it again: its only state is the set of connections that it has told, which it
 * needs because the index shows a connection for a moment after it is gone.
 */

import { type ForgetPorts, forget } from "../lib/actions/connections/forget.ts";
import { type ListedOptions, listedSockets } from "../lib/adapters/apigateway/listedSockets.ts";
import { apiGatewaySockets } from "../lib/adapters/apigateway/sockets.ts";
import type { Table } from "../lib/adapters/dynamodb/client.ts";
import { dynamoEndableConnections } from "../lib/adapters/dynamodb/connections.ts";
import { dynamoGatewayConnections } from "../lib/adapters/dynamodb/gateways.ts";
import { dynamoForgettableSubscriptions } from "../lib/adapters/dynamodb/subscriptions.ts";
import { mapInFlight } from "../lib/concurrency.ts";
import type { EndableConnections, GatewayConnections, Report } from "../lib/ports.ts";
import { limits } from "../lib/protocol/limits.ts";
import { disconnectFrame, postWithRetries } from "../lib/pubsub/post.ts";
import { clock, measure, random, report as runtimeReport } from "../lib/runtime.ts";

export type DrainPorts = ForgetPorts & {
  connections: EndableConnections;
  gatewayConnections: Pick<GatewayConnections, "list">;
};

interface Drained {
  /** Connections that were told and closed. */
  told: number;
  /** Connections that were gone. They are forgotten. */
  gone: number;
  /** Connections that could not be told. They are closed if their gateway can be reached. */
  untold: number;
  /** No connection was left that had not been told. */
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

/** Connections that were not met before, in waves. */
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
  await ports.sockets.close(to, limits.postTimeoutMs);
  return result === "delivered" ? "told" : "untold";
}

/** A living connection also answers "gone" until its handshake is over. */
async function forgetIfReady(ports: DrainPorts, connectionId: string): Promise<Outcome> {
  const [known] = await ports.connections.findAll([connectionId]);
  if (known === undefined) return "gone";
  const { connectedAtMs } = known.connection;
  if (ports.clock.nowMs() - connectedAtMs < limits.handshakeMs) return "unready";
  await forget(ports, connectionId);
  return "gone";
}

interface DrainOptions {
  /** The gateways in use, whose other connections are told who went; only these are posted to. */
  reach: Pick<ListedOptions, "endpoints" | "allowsLoopback">;
  perSecond?: number;
  /** Called after every wave. */
  progress?(drained: Drained): void;
  /** In place of this process's stderr. */
  report?: Report;
}

/** `endpoint` is the gateway's, and `connections` the table of that name. */
export async function drainGateway(
  endpoint: string,
  connections: Table,
  { reach, perSecond, progress, report = runtimeReport }: DrainOptions,
): Promise<Drained> {
  const { config } = connections.client;
  const poster = apiGatewaySockets({
    region: await config.region(),
    credentials: () => config.credentials(),
  });
  const ports = {
    connections: dynamoEndableConnections(connections),
    subscriptions: dynamoForgettableSubscriptions(connections),
    gatewayConnections: dynamoGatewayConnections(connections),
    sockets: listedSockets(poster, { ...reach, report }),
    clock,
    random,
    report,
    measure,
  };
  return drain(endpoint, ports, perSecond, progress);
}
