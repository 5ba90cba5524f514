/**
 * Where to connect, from the service's own `GET /gateway`: a service may have many gateways, and
 * each user a place on one of them, until that one fails or is full.
 */
import { ChatError } from "./chatError.ts";
import type { Place, Whereabouts } from "./socket.ts";

/** As much of `fetch` as is used here. */
type Fetch = (
  url: string,
  init: { headers: Record<string, string> },
) => Promise<{ ok: boolean; status: number; json(): Promise<unknown> }>;

/** What to pass as a client's `url`. `httpUrl` is the HTTP API's, without a slash at its end. */
export function askGateway(httpUrl: string, fetch: Fetch = globalThis.fetch): Whereabouts {
  return async (token, failed) => {
    const query = failed.length === 0 ? "" : `?failed=${encodeURIComponent(failed.join(","))}`;
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${httpUrl}/gateway${query}`, { headers });
    if (response.ok) return (await response.json()) as Place;
    // A gateway in front of the service may refuse in its own words, or in no words at all.
    const body: unknown = await response.json().catch(() => undefined);
    const { code, message, retryAfterMs } = Object(Object(body).error);
    throw new ChatError(
      code ?? "unavailable",
      message ?? `unable to ask for a gateway; the answer is ${response.status}`,
      // Whatever the reason, the next try may have a token or a service that is better.
      { retryable: true, retryAfterMs },
    );
  };
}
