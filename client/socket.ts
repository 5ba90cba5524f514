import { ChatError } from "./chatError.ts";
import { type Gateway, knownGateway, type ReconnectState } from "./reconnect.ts";

/** As much of a WebSocket as the client uses: a browser's, Node's own, and `ws` all fit. */
export interface Socket {
  addEventListener(type: "open" | "close" | "error", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  send(data: string): void;
  close(): void;
}

/** A constructor of sockets as browsers have it, such as that of `ws`. */
export type SocketConstructor = new (url: string, protocols?: string[]) => Socket;

/**
 * Finds out where to connect. `failed` names the gateways, of those it gave before, that could not
 * be used, oldest first; nothing that it gave without a name is in there.
 */
export type FindGateway = (
  token: string,
  failed: readonly string[],
) => string | Gateway | Promise<string | Gateway>;

/** How to get to the service. */
export interface Address {
  /**
   * `wss://…`, or a function such as `askGateway` returns. It is called at every connect; when it
   * gave a gateway with a name, only after that could not be connected to, or after two hours. It
   * has 20 seconds, the time for opening a socket included.
   */
  url: string | FindGateway;
  /**
   * Called at every connect, and not again before it has settled. It has to see to it that the
   * token is fresh, and may take as long as somebody takes to sign in.
   */
  token: () => string | Promise<string>;
  /** Where the token goes. Query strings end up in access logs, so `query` is for experiments. */
  tokenIn?: "subprotocol" | "query";
  /** Where there is no global WebSocket. */
  WebSocket?: SocketConstructor | undefined;
}

/** A way to open a socket. */
interface Opener {
  open(): Socket;
  /** The gateway, if it has a name. */
  gateway: Gateway | undefined;
  /** Whether a lookup gave it just now. */
  isNew: boolean;
}

/** Calls a function again only when its call before has settled; till then that one is shared. */
export function oneAtATime<T>(call: () => T | Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  return () => {
    underWay ??= Promise.resolve()
      .then(() => call()) // so that one that is no function is told
      .finally(() => {
        underWay = undefined;
      });
    return underWay;
  };
}

/** Find the gateway to connect to. @throws when the lookup fails and no gateway is known */
export async function socketOpener(
  { url, tokenIn, WebSocket }: Address,
  token: string,
  state: ReconnectState,
  nowMs: number,
): Promise<Opener> {
  const Constructor = WebSocket ?? (globalThis as { WebSocket?: SocketConstructor }).WebSocket;
  if (!Constructor) throw new ChatError("closed", "unable to connect; pass a WebSocket");
  const { isNew, found } = await findGateway(url, token, state, nowMs);
  const isUrl = typeof found === "string";
  const gateway = isUrl ? undefined : found;
  const target = isUrl ? found : found.url;
  if (tokenIn !== "query") {
    const protocols = ["parley.v1", `parley.token.${token}`];
    return { gateway, isNew, open: () => new Constructor(target, protocols) };
  }
  const query = `${target.includes("?") ? "&" : "?"}token=${encodeURIComponent(token)}`;
  return { gateway, isNew, open: () => new Constructor(target + query) };
}

async function findGateway(
  url: Address["url"],
  token: string,
  state: ReconnectState,
  nowMs: number,
): Promise<{ found: string | Gateway; isNew: boolean }> {
  if (typeof url === "string") return { found: url, isNew: false };
  const known = knownGateway(state, nowMs);
  if (known) return { found: known, isNew: false };
  try {
    return { found: await url(token, state.failed), isNew: true };
  } catch (error) {
    // The lookup failed; the last known gateway may still work.
    if (state.assigned === undefined) throw error;
    return { found: state.assigned, isNew: false };
  }
}
