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

/**
 * What to pass as a client's `url`. `httpUrls` are HTTP APIs, without a slash at the end. All of
 * them know all gateways: one that does not answer, or is asked too much, is left for the next.
 */
export function askGateway(
  httpUrls: string | readonly string[],
  fetch: Fetch = globalThis.fetch,
  random: () => number = Math.random,
): Whereabouts {
  const all = [httpUrls].flat();
  let chosen = Math.floor(random() * all.length);
  return async (token, failed) => {
    try {
      return await ask(`${all[chosen % all.length]}`, fetch, token, failed);
    } catch (error) {
      chosen += 1;
      throw error;
    }
  };
}

async function ask(
  httpUrl: string,
  fetch: Fetch,
  token: string,
  failed: readonly string[],
): Promise<Place> {
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
}
