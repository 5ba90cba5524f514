/**
 * Empties a gateway on behalf of its operator, who has marked it `draining` before: until that is
 * known everywhere, those who are sent away would come back to it.
 */

import { apiGatewayGateways } from "../lib/adapters/apigateway/gateways.ts";
import { type ListedOptions, listedGateways } from "../lib/adapters/apigateway/listedGateways.ts";
import type { Table } from "../lib/adapters/dynamodb/client.ts";
import { dynamoEndingConnections } from "../lib/adapters/dynamodb/connections.ts";
import { dynamoGatewayConnections } from "../lib/adapters/dynamodb/gateways.ts";
import { dynamoSubscribers } from "../lib/adapters/dynamodb/subscriptions.ts";
import { clock, random, report } from "../lib/runtime.ts";
import { type Drained, drain } from "./drain.ts";

export interface DrainOptions {
  /** The gateways in use, whose other connections are told who went; only these are posted to. */
  reach: Pick<ListedOptions, "endpoints" | "allowsLoopback">;
  perSecond?: number;
  /** Called after every wave. */
  progress?(drained: Drained): void;
}

/** `endpoint` is the gateway's, and `connections` the table of that name. */
export async function drainGateway(
  endpoint: string,
  connections: Table,
  { reach, perSecond, progress }: DrainOptions,
): Promise<Drained> {
  const { config } = connections.client;
  const poster = apiGatewayGateways({
    region: await config.region(),
    credentials: () => config.credentials(),
  });
  const ports = {
    connections: dynamoEndingConnections(connections),
    subscriptions: dynamoSubscribers(connections),
    gatewayConnections: dynamoGatewayConnections(connections),
    gateways: listedGateways(poster, { ...reach, report }),
    clock,
    random,
    report,
  };
  return drain(endpoint, ports, perSecond, progress);
}
