/**
 * Where to connect, from the service's own `GET /gateway`: a service may have many gateways, and
 * each user a place on one of them, until that one fails or is full.
 */
import { ChatError, timedOut } from "./chatError.ts";
import * as limits from "./limits.ts";
import { type Ports, systemPorts } from "./ports.ts";
import type { Gateway } from "./reconnect.ts";
import type { FindGateway } from "./socket.ts";

/** As much of `fetch` as is used here. */
export type Fetch = (
  url: string,
  init: { headers: Record<string, string>; signal: AbortSignal },
) => Promise<{ ok: boolean; status: number; json(): Promise<unknown> }>;

/**
 * What to pass as a client's `url`. `httpUrls` are HTTP APIs, without a slash at the end. All of
 * them know all gateways: one that does not answer, or is asked too much, is left for the next.
 */
export function askGateway(
  httpUrls: string | readonly string[],
  {
    fetch = globalThis.fetch,
    random = systemPorts.random,
    clock = systemPorts.clock,
  }: { fetch?: Fetch } & Partial<Pick<Ports, "random" | "clock">> = {},
): FindGateway {
  const all = [httpUrls].flat();
  let chosen = Math.floor(random() * all.length);
  return async (token, failed) => {
    const abort = new AbortController();
    let cancel = () => {};
    // Not left to `fetch` and its signal: one that does not heed it must not be waited for either.
    const tooLate = new Promise<never>((_, reject) => {
      cancel = clock.after(limits.askMs, () => {
        reject(timedOut("ask for a gateway", limits.askMs));
        abort.abort();
      });
    });
    try {
      const asked = ask(`${all[chosen % all.length]}`, fetch, token, failed, abort.signal);
      return await Promise.race([asked, tooLate]);
    } catch (error) {
      chosen += 1;
      throw error;
    } finally {
      cancel();
    }
  };
}

async function ask(
  httpUrl: string,
  fetch: Fetch,
  token: string,
  failed: readonly string[],
  signal: AbortSignal,
): Promise<Gateway> {
  const query = failed.length === 0 ? "" : `?failed=${encodeURIComponent(failed.join(","))}`;
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${httpUrl}/gateway${query}`, { headers, signal });
  if (response.ok) return (await response.json()) as Gateway;
  // A gateway in front of the service may refuse in its own words, or in no words at all.
  const body: unknown = await response.json().catch(() => undefined);
  const { code, message, retryAfterMs } = Object(Object(body).error);
  throw new ChatError(
    code ?? "unavailable",
    message ?? `unable to ask for a gateway; the answer is ${response.status}`,
    // For any reason: the next try may have a token or a service that is better.
    { retryable: true, retryAfterMs },
  );
}
