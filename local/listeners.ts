/**
 * Which ports and addresses the servers listen on. TcpPorts are checked before anything starts,
 * because `serverless offline` reports a port in use with a stack. `localhost` may be an IPv4 or an
 * IPv6 address, so both must be free: another program on either would get some of our clients.
 * Each server starts on 127.0.0.1 only. `openListeners` adds ::1, and for the two APIs of clients
 * the addresses of `--host`. The port that invokes functions is never opened to others.
 */

import { Server } from "node:http";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { refuseForeignRequests } from "./emulator/foreignRequests.ts";
import type { LocalSettings, TcpPorts } from "./settings.ts";
import { startError } from "./startError.ts";

/** @throws StartError for the first port that is in use, or for an address that is not ours */
export async function checkPortsAreFree(
  ports: Partial<TcpPorts> & { page?: number },
  host?: string,
): Promise<void> {
  const others = hostsFor(host);
  for (const [name, port] of Object.entries(ports)) {
    for (const host of [...loopbacks, ...others]) {
      const code = await listenError(port, host);
      if (code === "EADDRNOTAVAIL" && others.includes(host)) {
        throw startError(`--host takes an address of this machine, and ${host} is none`);
      }
      if (code === "EADDRINUSE") {
        throw startError(`port ${port} (${name}) is in use; choose others with --port`);
      }
      if (code === "EACCES") {
        throw startError(`port ${port} (${name}) is not ours to open; choose others with --port`);
      }
    }
  }
}

/** The code of the error; undefined if the port is free or this machine has no such address. */
function listenError(port: number, host: string): Promise<string | undefined> {
  return new Promise((answer) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => answer(error.code));
    server.listen({ port, host, exclusive: true }, () => server.close(() => answer(undefined)));
  });
}

export const loopbacks = ["127.0.0.1", "::1"];

/** This machine may have no such address, or no such family. */
const missing = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT"]);

export interface Listeners {
  /** Resolves when the servers that listen by now do so everywhere. @throws StartError */
  everywhere(): Promise<void>;
}

/** Call it before the servers of this process start. */
export function openListeners({ ports, host }: LocalSettings): Listeners {
  const opening: Promise<void>[] = [];
  const addresses = hostsFor(host);
  const { emit } = Server.prototype;
  Server.prototype.emit = function (this: Server, event: string, ...args: unknown[]) {
    const port = event === "listening" ? portOf(this) : undefined;
    if (port === ports.lambda) refuseForeignRequests(this);
    if (port === ports.http || port === ports.websocket || port === ports.lambda) {
      const isForClients = port !== ports.lambda;
      const others = ["::1", ...(isForClients ? addresses : [])];
      opening.push(...others.map((address) => listenAt(this, address, port)));
    }
    return emit.apply(this, [event, ...args] as Parameters<typeof emit>);
  };
  return {
    async everywhere() {
      await Promise.all(opening);
    },
  };
}

/** All addresses that `--host` stands for, without loopback. */
export function hostsFor(host: string | undefined): string[] {
  if (host === undefined || loopbacks.includes(host) || host === "localhost") return [];
  const family = { "0.0.0.0": "IPv4", "::": undefined }[host];
  if (host !== "0.0.0.0" && host !== "::") return [host];
  return (
    Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter((address) => !address.internal && (family === undefined || address.family === family))
      // A link-local address is incomplete without its interface.
      .filter(({ address }) => !address.startsWith("fe80:"))
      .map(({ address }) => address)
  );
}

function portOf(server: Server): number | undefined {
  const address = server.address();
  return address === null || typeof address === "string" ? undefined : address.port;
}

/** Hands connections at another address to the server. */
export function listenAt(server: Server, host: string, port: number): Promise<void> {
  const further = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    server.emit("connection", socket);
  });
  server.once("close", () => further.close());
  return new Promise((listening, failed) => {
    further.once("error", (error: NodeJS.ErrnoException) => {
      if (host === "::1" && missing.has(error.code ?? "")) return listening();
      failed(startError(`${host} cannot be listened on, port ${port} (${error.code})`));
    });
    further.listen({ host, port, exclusive: true }, listening);
  });
}
