/** As much of a WebSocket as the client uses: a browser's, Node's own, and `ws` all fit. */
export interface Socket {
  addEventListener(type: "open" | "close" | "error", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  send(data: string): void;
  close(): void;
}
export type SocketConstructor = new (url: string, protocols?: string[]) => Socket;

/** How to get to the service. */
export interface Address {
  /** `wss://…`, or a function that finds out, such as by GET /gateway. Asked at every connect. */
  url: string | ((token: string) => string | Promise<string>);
  /** Called at every connect. It has to see to it that the token is fresh. */
  token: () => string | Promise<string>;
  /** Where the token goes. Query strings end up in access logs, so `query` is for experiments. */
  tokenIn?: "subprotocol" | "query";
  /** Where there is no global WebSocket. */
  WebSocket?: SocketConstructor;
}

/** Ask for a token and the URL, and what it takes to open a socket with them. */
export async function dialler({ url, token, tokenIn, WebSocket }: Address): Promise<() => Socket> {
  const Constructor = WebSocket ?? (globalThis as { WebSocket?: SocketConstructor }).WebSocket;
  if (Constructor === undefined) throw new TypeError("there is no WebSocket here: pass one");
  const fresh = await token();
  const target = typeof url === "string" ? url : await url(fresh);
  if (tokenIn !== "query") {
    return () => new Constructor(target, ["parley.v1", `parley.token.${fresh}`]);
  }
  const query = `${target.includes("?") ? "&" : "?"}token=${encodeURIComponent(fresh)}`;
  return () => new Constructor(target + query);
}
