/**
 * Makes signed requests to one gateway. What is the same for all requests of a second (date, key,
 * headers) is made once in it, so the credentials are asked for once a second at most, and only
 * while posting: to renew them before they expire is their provider's affair.
 */
import type { HttpRequest } from "../aws/exchange.ts";
import {
  authorization,
  type Credentials,
  escapeSegment,
  keptSigningKey,
  payloadHash,
  type SignedHeaders,
  type SigningKey,
  signedHeaders,
  signingDate,
} from "../aws/signature.ts";
import type { Endpoint } from "./endpoint.ts";

export type Method = "POST" | "DELETE";

/** `body` must not change any more. */
export type Sign = (method: Method, id: string, body: Uint8Array) => Promise<HttpRequest>;

export function signer(endpoint: Endpoint, credentials: () => Promise<Credentials>): Sign {
  const { host, region } = endpoint;
  const keyFor = keptSigningKey({ region, service: "execute-api" });
  let second = Number.NaN;
  let signing: Promise<Signing>;
  return async (method, connectionId, body) => {
    const nowMs = Date.now();
    if (second !== Math.floor(nowMs / 1_000)) {
      second = Math.floor(nowMs / 1_000);
      signing = credentials().then((identity) => {
        const date = signingDate(nowMs);
        return { date, key: keyFor(identity, date), ...headersAt(date, host, identity) };
      });
    }
    const { date, key, [method]: headers } = await signing;
    const path = `${endpoint.prefix}/@connections/${escapeSegment(connectionId)}`;
    const signable = { method, path, headers: headers.signed, payloadHash: payloadHash(body) };
    const signature = authorization(signable, date, key);
    const own = ["content-length", String(body.length), "authorization", signature];
    return { method, path, body, headers: [...headers.sent, ...own] };
  };
}

/** What one second's requests have in common. */
interface Signing extends Headers {
  date: string;
  key: SigningKey;
}

type Headers = Record<Method, { sent: string[]; signed: SignedHeaders }>;

function headersAt(date: string, host: string, { sessionToken }: Credentials): Headers {
  const headers = {
    host,
    "x-amz-date": date,
    ...(sessionToken !== undefined && { "x-amz-security-token": sessionToken }),
  };
  const forms = (sent: Record<string, string>) => {
    return { sent: Object.entries(sent).flat(), signed: signedHeaders(sent) };
  };
  return {
    POST: forms({ ...headers, "content-type": "application/octet-stream" }),
    DELETE: forms(headers),
  };
}
