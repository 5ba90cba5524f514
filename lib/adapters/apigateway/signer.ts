/**
 * Makes signed requests to one gateway. What is the same for all requests of a second (date, key,
 * headers) is made once in it, so the credentials are asked for once a second at most, and only
 * while posting: to renew them before they expire is their provider's affair.
 */
import type { Endpoint } from "./endpoint.ts";
import {
  authorization,
  type Credentials,
  escapeSegment,
  payloadHash,
  type SignedHeaders,
  type SigningKey,
  signedHeaders,
  signingDate,
  signingKey,
} from "./signature.ts";

export type Method = "POST" | "DELETE";

export interface SignedRequest {
  method: Method;
  path: string;
  /** Names and values in turn, as Node takes them. */
  headers: string[];
  body: Uint8Array;
}

/** `body` must not change any more. */
export type Sign = (method: Method, id: string, body: Uint8Array) => Promise<SignedRequest>;

export function signer(endpoint: Endpoint, credentials: () => Promise<Credentials>): Sign {
  let second = Number.NaN;
  let signing: Promise<Signing>;
  return async (method, connectionId, body) => {
    const nowMs = Date.now();
    if (second !== Math.floor(nowMs / 1_000)) {
      second = Math.floor(nowMs / 1_000);
      signing = credentials().then((identity) => signingAt(nowMs, endpoint, identity));
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
interface Signing extends Record<Method, { sent: string[]; signed: SignedHeaders }> {
  date: string;
  key: SigningKey;
}

function signingAt(nowMs: number, { host, region }: Endpoint, identity: Credentials): Signing {
  const date = signingDate(nowMs);
  const { sessionToken } = identity;
  const headers = {
    host,
    "x-amz-date": date,
    ...(sessionToken !== undefined && { "x-amz-security-token": sessionToken }),
  };
  const forms = (sent: Record<string, string>) => {
    return { sent: Object.entries(sent).flat(), signed: signedHeaders(sent) };
  };
  return {
    date,
    key: signingKey(identity, date, region),
    POST: forms({ ...headers, "content-type": "application/octet-stream" }),
    DELETE: forms(headers),
  };
}
