/** As much of a WebSocket as the client uses: a browser's, Node's own, and `ws` all fit. */
export interface Socket {
  addEventListener(type: "open" | "close" | "error", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  send(data: string): void;
  close(): void;
}
export type SocketConstructor = new (url: string, protocols?: string[]) => Socket;

/** Where to connect, and what that gateway is called: what GET /gateway answers. */
export interface Place {
  url: string;
  gateway: string;
}

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
  /** `wss://…`, or a function such as `askGateway` returns. Called at every connect. */
  url: string | Whereabouts;
  /** Called at every connect. It has to see to it that the token is fresh. */
  token: () => string | Promise<string>;
  /** Where the token goes. Query strings end up in access logs, so `query` is for experiments. */
  tokenIn?: "subprotocol" | "query";
  /** Where there is no global WebSocket. */
  WebSocket?: SocketConstructor;
}

/** Opens a socket. */
export interface Dialler {
  dial(): Socket;
  /** The name of the gateway that it is to, where that is known. */
  gateway?: string;
}

/** Ask for a token and where to connect. */
export async function dialler(
  { url, token, tokenIn, WebSocket }: Address,
  failed: readonly string[] = [],
): Promise<Dialler> {
  const Constructor = WebSocket ?? (globalThis as { WebSocket?: SocketConstructor }).WebSocket;
  if (Constructor === undefined) throw new TypeError("there is no WebSocket here: pass one");
  const fresh = await token();
  const place = typeof url === "string" ? url : await url(fresh, failed);
  const { url: target, ...gateway } = typeof place === "string" ? { url: place } : place;
  if (tokenIn !== "query") {
    const protocols = ["parley.v1", `parley.token.${fresh}`];
    return { ...gateway, dial: () => new Constructor(target, protocols) };
  }
  const query = `${target.includes("?") ? "&" : "?"}token=${encodeURIComponent(fresh)}`;
  return { ...gateway, dial: () => new Constructor(target + query) };
}
