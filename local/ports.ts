/**
 * Whether a port is free. Asked before anything is started, because the emulator answers a port in
 * use with a stack. "localhost" may be an IPv4 or an IPv6 address, and a stranger on either would
 * get some of our clients, so both must be free.
 */
import { createServer } from "node:net";
import { hostsFor, loopbacks } from "./listeners.ts";
import type { Ports } from "./settings.ts";
import { startError } from "./startError.ts";

/** @throws StartError naming the first port that something else listens on, or a wrong host */
export async function checkPortsAreFree(ports: Partial<Ports>, host?: string): Promise<void> {
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

/** The code of the error, or undefined: the port is free, or this machine has no such address. */
function listenError(port: number, host: string): Promise<string | undefined> {
  return new Promise((answer) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => answer(error.code));
    server.listen({ port, host, exclusive: true }, () => server.close(() => answer(undefined)));
  });
}
