/**
 * Signs requests to one server of AWS. What is the same for all requests of a second (date, key,
 * the headers that many of them have in common) is made once in it. So the credentials are asked
 * for once a second at most, and only while requests are sent: to renew them before they expire is
 * their provider's affair.
 */
import type { HttpRequest } from "./exchange.ts";
import {
  authorization,
  type Credentials,
  keptSigningKey,
  payloadHash,
  type SignedHeaders,
  type SigningKey,
  signedHeaders,
  signingDate,
} from "./signature.ts";

export interface SigningOptions {
  /** As signatures name it, such as `execute-api`. */
  service: string;
  /** With its port, where the URL says one. */
  host: string;
  region: () => Promise<string>;
  credentials: () => Promise<Credentials>;
}

/** Nothing of it may change any more. */
interface UnsignedRequest {
  method: string;
  /** Escaped once. */
  path: string;
  /** Its own, in lower case, beside the host, the length and what a signature needs. */
  headers: Readonly<Record<string, string>>;
  body: Uint8Array | string;
}

export type Sign = (request: UnsignedRequest) => Promise<HttpRequest>;

/** What one second's requests have in common. */
interface Second {
  date: string;
  key: SigningKey;
  /** By a request's own headers. */
  known: WeakMap<object, { sent: string[]; signed: SignedHeaders }>;
  common: Record<string, string>;
}

export function requestSigner({ service, host, region, credentials }: SigningOptions): Sign {
  let keyFor: ReturnType<typeof keptSigningKey> | undefined;
  let second = Number.NaN;
  let signing: Promise<Second>;
  const begin = async (nowMs: number): Promise<Second> => {
    const identity = await credentials();
    keyFor ??= keptSigningKey({ region: await region(), service });
    const date = signingDate(nowMs);
    const { sessionToken: token } = identity;
    const common = {
      host,
      "x-amz-date": date,
      ...(token !== undefined && { "x-amz-security-token": token }),
    };
    return { date, key: keyFor(identity, date), known: new WeakMap(), common };
  };
  const headersOf = ({ known, common }: Second, own: object) => {
    const found = known.get(own);
    if (found !== undefined) return found;
    const all = Object.entries({ ...common, ...own });
    const signed = signedHeaders(Object.fromEntries(all.filter(([name]) => isSigned.test(name))));
    const made = { sent: all.flat(), signed };
    known.set(own, made);
    return made;
  };
  return async ({ method, path, headers: own, body }) => {
    const nowMs = Date.now();
    if (second !== Math.floor(nowMs / 1_000)) {
      second = Math.floor(nowMs / 1_000);
      signing = begin(nowMs);
    }
    const current = await signing;
    const { sent, signed } = headersOf(current, own);
    const signable = { method, path, headers: signed, payloadHash: payloadHash(body) };
    const signature = authorization(signable, current.date, current.key);
    const length = String(Buffer.byteLength(body));
    const headers = [...sent, "content-length", length, "authorization", signature];
    return { method, path, headers, body };
  };
}

/** The rest may change on the way. */
const isSigned = /^(host|content-type|x-amz-.*)$/;
