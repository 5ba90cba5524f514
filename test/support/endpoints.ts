/**
 * Where the service under test listens. One copy serves all end-to-end files, because starting one
 * costs more than most files take: `sharedService.ts` starts it before them, in a process of its
 * own. So nothing here is private to a test but the names that it makes up.
 */
import { inject } from "vitest";
import { freePorts, startService } from "../local/processes.ts";

export interface Endpoints {
  websocketUrl: string;
  httpUrl: string;
  /** DynamoDB's. */
  databaseUrl: string;
}

export interface Copy extends Endpoints {
  /** What it printed when it was ready. */
  greeting: string;
  /** What it complained of so far. */
  complaints(): string;
  kill(signal: NodeJS.Signals): void;
}

declare module "vitest" {
  interface ProvidedContext {
    service: Endpoints & { greeting: string };
    complaintsPath: string;
  }
}

export const shared = () => inject("service");

/** Start a copy on free ports. `killAll` ends it. */
export async function startCopy(args: string[] = [], complaintsPath?: string): Promise<Copy> {
  const port = await freePorts();
  const running = await startService({
    args: ["--port", String(port), ...args],
    ...(complaintsPath !== undefined && { complaintsPath }),
  });
  const { websocketUrl, httpUrl, output, errors: complaints, kill } = running;
  const databaseUrl = `http://127.0.0.1:${port + 3}`;
  return { websocketUrl, httpUrl, databaseUrl, greeting: output(), complaints, kill };
}

/** A user or a room that no other test has: `alice` becomes something like `alice-k3v9x2`. */
export function fresh(name: string): string {
  return `${name}-${Math.random().toString(36).slice(2, 10)}`;
}
