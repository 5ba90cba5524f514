/**
 * Where the gateway's servers listen. Each is started on 127.0.0.1 by itself, by us or by
 * `serverless offline`, and this adds the other addresses: ::1, which is what `localhost` means to
 * some programs first, and for the two APIs that clients use those of `--host`. The port that
 * invokes functions is never opened to others.
 */
import { Server } from "node:http";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { refuseForeignRequests } from "./emulator/foreignRequests.ts";
import type { LocalSettings } from "./settings.ts";
import { startError } from "./startError.ts";

export const loopbacks = ["127.0.0.1", "::1"];

/** This machine may have no such address, or no such family. */
const missing = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT"]);

export interface Listeners {
  /** Resolves when the servers that listen by now do so everywhere. @throws StartError */
  everywhere(): Promise<void>;
}

/** To be called before the servers of this process are started. */
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

/** All addresses that `--host` stands for, without loopback; those of now, if it means any. */
export function hostsFor(host: string | undefined): string[] {
  if (host === undefined || loopbacks.includes(host) || host === "localhost") return [];
  const family = { "0.0.0.0": "IPv4", "::": undefined }[host];
  if (host !== "0.0.0.0" && host !== "::") return [host];
  return (
    Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter((address) => !address.internal && (family === undefined || address.family === family))
      // A link-local address is none without the name of its link.
      .filter(({ address }) => !address.startsWith("fe80:"))
      .map(({ address }) => address)
  );
}

function portOf(server: Server): number | undefined {
  const address = server.address();
  return address === null || typeof address === "string" ? undefined : address.port;
}

/** What comes in at a further address is the server's as if it listened there itself. */
function listenAt(server: Server, host: string, port: number): Promise<void> {
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
