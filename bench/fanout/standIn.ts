/**
 * A stand-in for a gateway: real HTTP, in a process of its own, which answers posts at once and
 * counts what it was sent. Which connections are gone or slow depends on their ids alone, so it is
 * the same for everybody who is measured. Checking a signature costs about as much as making one:
 * it checks some or all, as it is told, and answers 403 to a wrong one.
 */
import { localCredentials, localRegion } from "../../local/emulator/database/tables.ts";
import { ownProcess } from "./tasks.ts";

export interface Behaviour {
  /** One in so many posts has its signature checked; 0 checks none. */
  checkedOneIn: number;
  /** The share of connections that answer 410. */
  goneShare: number;
  /** The share of connections that answer 429. */
  throttledShare: number;
  /** Whether each `seq` in a connection's frames is watched, which remembers the last one. */
  watchesOrder: boolean;
}

/** Since the last change of behaviour. */
export interface Counts {
  /** Posts by the status that they were answered with. */
  answers: Record<string, number>;
  posts: number;
  bodyBytes: number;
  /** Sockets that were opened. */
  sockets: number;
  signaturesChecked: number;
  /** Events in all frames that were taken, while order is watched. */
  events: number;
  /** Events that came after a later one, or again, to the same connection. */
  outOfOrder: number;
}

export type Order = { behave: Behaviour } | "count" | "hang up";

export interface StandIn {
  url: string;
  /** The same over TLS, with a certificate that nobody signed. */
  tlsUrl: string;
  /** From now on, counting from nothing. */
  behave(changes?: Partial<Behaviour>): Promise<void>;
  counts(): Promise<Counts>;
  /** Closes every socket, as gateways do with those that rested for long. */
  hangUp(): Promise<void>;
  stop(): Promise<void>;
}

/** What signs for it; a session token as long as Lambda's own are. */
export const credentials = { ...localCredentials, sessionToken: "T".repeat(800) };

/** What a posting process finds in its environment, as a function does. */
export const postingEnvironment = {
  AWS_REGION: localRegion,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_SESSION_TOKEN: credentials.sessionToken,
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  // The stand-in's certificate is checked, and then trusted all the same.
  NODE_TLS_REJECT_UNAUTHORIZED: "0",
  NODE_NO_WARNINGS: "1",
};

const usual = { checkedOneIn: 100, goneShare: 0, throttledShare: 0, watchesOrder: false };

export async function startStandIn(): Promise<StandIn> {
  const entry = new URL("standInProcess.ts", import.meta.url);
  const child = await ownProcess<Order, Counts & { url: string; tlsUrl: string }>(entry);
  const { url, tlsUrl } = await child.run("count");
  return {
    url,
    tlsUrl,
    async behave(changes = {}) {
      await child.run({ behave: { ...usual, ...changes } });
    },
    counts: () => child.run("count"),
    async hangUp() {
      await child.run("hang up");
    },
    stop: () => child.end(),
  };
}
