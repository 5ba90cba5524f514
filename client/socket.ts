import { type Comeback, knownPlace, type Place } from "./comeback.ts";

/** As much of a WebSocket as the client uses: a browser's, Node's own, and `ws` all fit. */
export interface Socket {
  addEventListener(type: "open" | "close" | "error", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  send(data: string): void;
  close(): void;
}
export type SocketConstructor = new (url: string, protocols?: string[]) => Socket;

/**
 * Finds out where to connect. `failed` names the gateways, of those it gave before, that could not
 * be used, oldest first; nothing that it gave without a name is in there.
 */
export type Whereabouts = (
  token: string,
  failed: readonly string[],
) => string | Place | Promise<string | Place>;

/** How to get to the service. */
export interface Address {
  /**
   * `wss://…`, or a function such as `askGateway` returns. It is called at every connect; when it
   * gave a gateway with a name, only after that could not be connected to, or after two hours. It
   * has 20 seconds, the time for opening a socket included.
   */
  url: string | Whereabouts;
  /**
   * Called at every connect, and not again before it has settled. It has to see to it that the
   * token is fresh, and may take as long as somebody takes to sign in.
   */
  token: () => string | Promise<string>;
  /** Where the token goes. Query strings end up in access logs, so `query` is for experiments. */
  tokenIn?: "subprotocol" | "query";
  /** Where there is no global WebSocket. */
  WebSocket?: SocketConstructor;
}

/** Opens a socket. */
export interface Dialler {
  dial(): Socket;
  /** Where to, if that has a name; and whether somebody was asked, who said so. */
  place: Place | undefined;
  isTold: boolean;
}

/** Calls a function again only when its call before has settled; till then that one is shared. */
export function oneAtATime<T>(call: () => T | Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  return () => {
    underWay ??= Promise.resolve()
      .then(call)
      .finally(() => {
        underWay = undefined;
      });
    return underWay;
  };
}

/** Find out where to connect. */
export async function dialler(
  { url, tokenIn, WebSocket }: Address,
  token: string,
  comeback: Comeback,
  nowMs: number,
): Promise<Dialler> {
  const Constructor = WebSocket ?? (globalThis as { WebSocket?: SocketConstructor }).WebSocket;
  if (Constructor === undefined) throw new TypeError("there is no WebSocket here: pass one");
  const { isTold, found } = await whereTo(url, token, comeback, nowMs);
  const place = typeof found === "string" ? undefined : found;
  const target = typeof found === "string" ? found : found.url;
  if (tokenIn !== "query") {
    const protocols = ["parley.v1", `parley.token.${token}`];
    return { place, isTold, dial: () => new Constructor(target, protocols) };
  }
  const query = `${target.includes("?") ? "&" : "?"}token=${encodeURIComponent(token)}`;
  return { place, isTold, dial: () => new Constructor(target + query) };
}

async function whereTo(
  url: Address["url"],
  token: string,
  comeback: Comeback,
  nowMs: number,
): Promise<{ found: string | Place; isTold: boolean }> {
  if (typeof url === "string") return { found: url, isTold: false };
  const known = knownPlace(comeback, nowMs);
  if (known) return { found: known, isTold: false };
  try {
    return { found: await url(token, comeback.failed), isTold: true };
  } catch (error) {
    // The lookup failed; the last known gateway may still work.
    if (comeback.place === undefined) throw error;
    return { found: comeback.place, isTold: false };
  }
}
