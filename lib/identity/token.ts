/**
 * Where a client may put its token, and what counts as one. Exactly one place may be used: two
 * tokens may name two users, and choosing between them is a decision that only an attacker profits
 * from.
 */
import { limits } from "../protocol/limits.ts";
import { type Refused, refuse } from "./tokenRefusal.ts";

/**
 * The name of this protocol among WebSocket subprotocols. It has to be offered first, since
 * gateways differ in which they echo.
 */
export const subprotocol = "parley.v1";
const tokenProtocolPrefix = "parley.token.";

/** What a handshake brings. Names and values as received; every value of a repeated one. */
export interface Handshake {
  query: Readonly<Record<string, readonly string[]>>;
  headers: Readonly<Record<string, readonly string[]>>;
}

/** The one token of a handshake or HTTP request, or why there is none to be used. */
export function findToken(handshake: Handshake): { token: string } | Refused {
  const [token, ...others] = [
    ...(handshake.query["token"] ?? []),
    ...headerValues(handshake, "authorization").map(bearerToken),
    ...protocolTokens(handshake),
  ];
  if (token === undefined) return refuse("no_token");
  if (others.length > 0) return refuse("several_tokens");
  if (token === "") return refuse("malformed_place");
  return token.length > limits.tokenCharacters ? refuse("too_long") : { token };
}

/** The subprotocol to select: ours when it is offered, else none. */
export function selectSubprotocol(handshake: Handshake): string | undefined {
  return offeredProtocols(handshake)[0] === subprotocol ? subprotocol : undefined;
}

/** As for subprotocols: empty if the place is taken and holds no token. */
function bearerToken(authorization: string): string {
  return /^bearer +(\S+)$/i.exec(authorization.trim())?.[1] ?? "";
}

function protocolTokens(handshake: Handshake): string[] {
  const offered = offeredProtocols(handshake);
  const tokens = offered.filter((name) => name.startsWith(tokenProtocolPrefix));
  const isOurs = offered[0] === subprotocol;
  return tokens.map((name) => (isOurs ? name.slice(tokenProtocolPrefix.length) : ""));
}

function offeredProtocols(handshake: Handshake): string[] {
  return headerValues(handshake, "sec-websocket-protocol")
    .flatMap((value) => value.split(","))
    .map((name) => name.trim());
}

function headerValues(handshake: Handshake, lowerCaseName: string): readonly string[] {
  return Object.entries(handshake.headers)
    .filter(([name]) => name.toLowerCase() === lowerCaseName)
    .flatMap(([, values]) => values);
}
