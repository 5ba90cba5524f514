/**
 * Where the gateways of a cluster are. The first has the ports of a copy that `npm start` runs, and
 * the database is where that copy's would be, so that `npm run gateways` finds it; each further one
 * has the four ports behind.
 */

import type { Gateway } from "../../lib/protocol/gateways.ts";
import { gatewaysIn } from "../gatewayFile.ts";
import type { Ports } from "../settings.ts";

export interface Place {
  /** `g1`, `g2`, … */
  name: string;
  port: number;
  httpUrl: string;
  websocketUrl: string;
  /** Where its connections are posted to. */
  endpoint: string;
  lambdaUrl: string;
}

const portsPerGateway = 4;

/** `number` counts from 1. */
export function placeOf(number: number, firstPort: number): Place {
  const port = firstPort + portsPerGateway * (number - 1);
  return {
    name: `g${number}`,
    port,
    httpUrl: `http://localhost:${port}`,
    websocketUrl: `ws://localhost:${port + 1}`,
    endpoint: `http://localhost:${port + 1}`,
    lambdaUrl: `http://localhost:${port + 2}`,
  };
}

/** All that something must not listen on yet. */
export function portsOf({ port }: Place): Omit<Ports, "dynamodb"> {
  return { http: port, websocket: port + 1, lambda: port + 2 };
}

/** A line of the list that GET /gateway chooses from. */
export function lineOf({ name, websocketUrl, endpoint }: Place): Gateway {
  const [line] = gatewaysIn(JSON.stringify([{ name, url: websocketUrl, endpoint }]));
  if (line === undefined) throw new Error(`${name} is no gateway`);
  return line;
}
