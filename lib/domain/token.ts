/**
 * Where a client may put its token, and what counts as one. Exactly one place may be used: two
 * tokens may name two users, and choosing between them is a decision that only an attacker profits
 * from.
 */
import { limits } from "../protocol/limits.ts";
import { userName } from "../protocol/names.ts";
import type { Identity } from "./model.ts";

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

/**
 * The one token of a handshake or HTTP request; undefined when there is none, or more than one, or
 * a malformed place.
 */
export function findToken(handshake: Handshake): string | undefined {
  const places = [
    ...(handshake.query["token"] ?? []),
    ...headerValues(handshake, "authorization").map(bearerToken),
    ...protocolTokens(handshake),
  ];
  const [token] = places;
  const isOne = places.length === 1 && token !== undefined && token.length > 0;
  return isOne && token.length <= limits.tokenCharacters ? token : undefined;
}

/** The subprotocol to select: ours when it is offered, else none. */
export function selectSubprotocol(handshake: Handshake): string | undefined {
  return offeredProtocols(handshake)[0] === subprotocol ? subprotocol : undefined;
}

/**
 * Make an identity of a verified token's claims; undefined when they name no usable user or no
 * expiry.
 */
export function identityOf(
  claims: Readonly<Record<string, unknown>>,
  userClaim: string,
): Identity | undefined {
  const user = userName.safeParse(claims[userClaim]);
  const expiresAtMs = typeof claims["exp"] === "number" ? claims["exp"] * 1_000 : Number.NaN;
  if (!user.success || !Number.isSafeInteger(Math.floor(expiresAtMs))) return undefined;
  const name = displayName(claims["name"]);
  return {
    user: user.data,
    ...(name !== undefined && { name }),
    expiresAtMs: Math.floor(expiresAtMs),
    scopes: scopesOf(claims["scope"]),
  };
}

/**
 * A display name from a claim: controls, direction marks and broken surrogates out, trimmed, cut;
 * undefined when nothing is left.
 */
export function displayName(claim: unknown): string | undefined {
  if (typeof claim !== "string") return undefined;
  const visible = claim.toWellFormed().replace(/[\p{Cc}\p{Bidi_C}\uFFFD]/gu, "");
  const cut = [...visible.trim()].slice(0, limits.displayNameCharacters).join("").trim();
  return cut === "" ? undefined : cut;
}

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

function scopesOf(claim: unknown): string[] {
  return typeof claim === "string" ? claim.split(" ").filter(Boolean) : [];
}
