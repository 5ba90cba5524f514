/**
 * A handshake's query and headers with every value of a repeated one, whichever way the gateway
 * gives them.
 */
import type { Handshake } from "../lib/domain/token.ts";

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

function allValues(multiple: Values<string[]>, single: Values<string>): Record<string, string[]> {
  const entries = Object.entries(multiple ?? single ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name, [value ?? []].flat()]));
}
