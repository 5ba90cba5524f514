/**
 * What a gateway's management endpoint says: where to connect, what every path starts with, and for
 * which region to sign. A custom domain names no region and has no stage; an API's own endpoint has
 * both.
 */
import { type Server, serverAt } from "../aws/exchange.ts";

export interface Endpoint extends Server {
  /** As the `host` header has it: with the port, unless it is the protocol's own. */
  host: string;
  /** The stage with a slash before it, or nothing. */
  prefix: string;
  region: string;
}

/** @throws TypeError for what is not a URL */
export function parseEndpoint(gateway: string, regionDefault: string): Endpoint {
  const { protocol, hostname, port, host, pathname } = new URL(gateway);
  return {
    ...serverAt({ protocol, hostname, port: port === "" ? undefined : Number(port) }),
    host,
    prefix: pathname.replace(/\/$/, ""),
    region: regionOf(gateway) ?? regionDefault,
  };
}

/** Undefined for a custom domain or an emulator, which name none. */
export function regionOf(gateway: string): string | undefined {
  return /\.execute-api\.([a-z0-9-]+)\.amazonaws\./.exec(gateway)?.[1];
}
