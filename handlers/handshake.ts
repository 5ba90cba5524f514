/**
 * The way in: a handshake's query and headers with every value of a repeated one, in each form that
 * gateways give them, and the way out of a handshake that is refused.
 */
import type { Handshake } from "../lib/identity/token.ts";
import type { TokenRefusal } from "../lib/identity/tokenRefusal.ts";
import * as runtime from "../lib/runtime.ts";

type Values<T> = Readonly<Record<string, T | undefined>> | null | undefined;

export interface HandshakeEvent {
  headers?: Values<string>;
  multiValueHeaders?: Values<string[]>;
  queryStringParameters?: Values<string>;
  multiValueQueryStringParameters?: Values<string[]>;
}

export function handshakeOf(event: HandshakeEvent): Handshake {
  return {
    query: allValues(event.multiValueQueryStringParameters, event.queryStringParameters),
    headers: allValues(event.multiValueHeaders, event.headers),
  };
}

/**
 * What the authorizer throws to refuse: exactly "Unauthorized" is what API Gateway turns into a
 * 401. Lambda logs every error that is thrown, with its stack, and strangers may come a hundred
 * times a second: so the stack is empty (it must be a string), and a line of ours says why instead.
 */
export function unauthorized(refusal: TokenRefusal): Error {
  runtime.note("token refused", { door: "handshake", ...refusal });
  runtime.measure("handshakesRefused", 1);
  runtime.measure(`token refused: ${refusal.reason}`, 1);
  const error = new Error("Unauthorized");
  error.stack = "";
  return error;
}

function allValues(multiple: Values<string[]>, single: Values<string>): Record<string, string[]> {
  const entries = Object.entries(multiple ?? single ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name, [value ?? []].flat()]));
}
