/**
 * AWS's Signature Version 4, as far as a request without a query needs it. The path is given as it
 * is sent and is escaped once more to be signed, so an id that ends in `=` is sent as `%3D` and
 * signed as `%253D`. Nothing here is secret-dependent but the key, so all of it can be compared
 * with what the SDK signs, byte for byte, and is.
 *
 * Split by how long a part lives: a key for a day, headers for a second, a payload's hash for as
 * long as the payload. Only `authorization` is work for each request: one hash and one HMAC.
 */
import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** Signs a day's requests to one service in one region. */
export interface SigningKey {
  /** The day, region and service that it is for, as the signature names them. */
  scope: string;
  accessKeyId: string;
  secret: KeyObject;
}

/** Headers as they are signed. */
export interface SignedHeaders {
  /** Their names, as the signature names them. */
  names: string;
  /** A line for each. */
  lines: string;
}

interface Signable {
  method: string;
  /** As it is sent: escaped once. */
  path: string;
  headers: SignedHeaders;
  payloadHash: string;
}

const algorithm = "AWS4-HMAC-SHA256";

/** The value of the `authorization` header. `date` is that of the header `x-amz-date`. */
export function authorization(request: Signable, date: string, key: SigningKey): string {
  const { method, path, headers, payloadHash } = request;
  const canonical = `${method}\n${canonicalPath(path)}\n\n${headers.lines}\n${headers.names}\n`;
  const toSign = `${algorithm}\n${date}\n${key.scope}\n${hash("sha256", canonical + payloadHash)}`;
  const signature = createHmac("sha256", key.secret).update(toSign).digest("hex");
  const credential = `Credential=${key.accessKeyId}/${key.scope}`;
  return `${algorithm} ${credential}, SignedHeaders=${headers.names}, Signature=${signature}`;
}

/** What a signature is good for. */
export interface Scope {
  region: string;
  /** As signatures name it, such as `execute-api`. */
  service: string;
}

/** `date` as `signingDate` gives it; only its day matters. */
export function signingKey(
  { accessKeyId, secretAccessKey }: Credentials,
  date: string,
  { region, service }: Scope,
): SigningKey {
  const steps = [date.slice(0, 8), region, service, "aws4_request"];
  const secret = steps.reduce(
    (key: string | Buffer, step) => createHmac("sha256", key).update(step).digest(),
    `AWS4${secretAccessKey}`,
  );
  return { scope: steps.join("/"), accessKeyId, secret: createSecretKey(Buffer.from(secret)) };
}

/** Keeps the last key that it made: it is good for a day, or until there are new credentials. */
export function keptSigningKey(scope: Scope): (identity: Credentials, date: string) => SigningKey {
  let made: { key: SigningKey; identity: Credentials; day: string } | undefined;
  return (identity, date) => {
    const day = date.slice(0, 8);
    const isSame =
      made?.day === day &&
      made.identity.accessKeyId === identity.accessKeyId &&
      made.identity.secretAccessKey === identity.secretAccessKey;
    if (made === undefined || !isSame) {
      made = { key: signingKey(identity, date, scope), identity, day };
    }
    return made.key;
  };
}

/** Seconds in UTC, without punctuation: `20261122T005310Z`. */
export function signingDate(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
}

/** Names in lower case. */
export function signedHeaders(headers: Readonly<Record<string, string>>): SignedHeaders {
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${headers[name]?.trim().replace(/\s+/g, " ")}\n`);
  return { names: names.join(";"), lines: lines.join("") };
}

const hashes = new WeakMap<Uint8Array, string>();

/** Once for one array, however often it is sent; so it must not change any more. */
export function payloadHash(payload: Uint8Array | string): string {
  if (typeof payload === "string") return hash("sha256", payload);
  const known = hashes.get(payload);
  if (known !== undefined) return known;
  const made = hash("sha256", payload);
  hashes.set(payload, made);
  return made;
}

/** For one segment of a path. `encodeURIComponent` leaves five characters that SigV4 escapes. */
export function escapeSegment(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, escapeCharacter);
}

const escapeCharacter = (character: string) =>
  `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

/** Empty segments and dots are left out of what is signed, though not of what is sent. */
function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(escapeSegment(segment));
  }
  const end = segments.length > 0 && path.endsWith("/") ? "/" : "";
  return `/${segments.join("/")}${end}`;
}
