/**
 * Checks AWS's Signature Version 4 (SigV4) of a request to `@connections` or to Lambda. The path is
 * encoded once more for the signature, although an id in it is encoded already. A client that
 * forgets one of the two works with every emulator that does not check, and fails on AWS.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

export interface SignedRequest {
  service: "execute-api" | "lambda";
  method: string;
  /** As it came, with the query. */
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Refusal {
  type: string;
  message: string;
}

/** AWS allows five minutes for clocks that differ. */
const clockSkewMs = 5 * 60_000;
/** The reason to refuse a request; undefined if it is signed correctly. */
export function refusalOf(
  request: SignedRequest,
  credentials: { accessKeyId: string; secretAccessKey: string },
): Refusal | undefined {
  const { authorization, "x-amz-date": date = "" } = request.headers;
  if (authorization === undefined) {
    return {
      type: "MissingAuthenticationTokenException",
      message: "Missing Authentication Token",
    };
  }
  const refusal = (type: string, message: string) => ({ type, message });
  const [accessKeyId, day = "", region = "", ...scope] = part(authorization, "Credential").split(
    "/",
  );
  const signed = part(authorization, "SignedHeaders").split(";");
  const signature = part(authorization, "Signature");
  const isWhole =
    authorization.startsWith("AWS4-HMAC-SHA256 ") &&
    ["host", "x-amz-date"].every((name) => signed.includes(name)) &&
    scope.join("/") === `${request.service}/aws4_request` &&
    /^[0-9a-f]{64}$/.test(signature);
  if (!isWhole) {
    const message = `Authorization header is not what ${request.service} takes.`;
    return refusal("IncompleteSignatureException", message);
  }
  if (accessKeyId !== credentials.accessKeyId) {
    const message = "The security token included in the request is invalid.";
    return refusal("UnrecognizedClientException", message);
  }
  const dateText = String(date);
  if (!dateText.startsWith(day) || !(Math.abs(Date.now() - timeOf(dateText)) <= clockSkewMs)) {
    return refusal("InvalidSignatureException", `Signature expired: ${dateText}`);
  }
  const where = [day, region, ...scope];
  const hash = sha256(canonical(request, signed));
  const toSign = ["AWS4-HMAC-SHA256", dateText, where.join("/"), hash].join("\n");
  const steps = [...where, toSign];
  const expected = steps.reduce(
    (key: Buffer, step) => createHmac("sha256", key).update(step).digest(),
    Buffer.from(`AWS4${credentials.secretAccessKey}`),
  );
  if (timingSafeEqual(expected, Buffer.from(signature, "hex"))) return undefined;
  return refusal(
    "InvalidSignatureException",
    "The request signature we calculated does not match the signature you provided.",
  );
}

const part = (authorization: string, name: string): string =>
  new RegExp(`[ ,]${name}=([^, ]+)`).exec(authorization)?.[1] ?? "";

function canonical({ method, url, headers, body }: SignedRequest, signed: string[]): string {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const path = pathname.split("/").map(encoded).join("/");
  const query = [...searchParams].map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  const lines = signed.map((name) => `${name}:${headerText(headers[name])}`);
  return [method, path, query.sort().join("&"), ...lines, "", signed.join(";"), sha256(body)].join(
    "\n",
  );
}

const headerText = (value: string | string[] | undefined) =>
  [value ?? []].flat().join(",").trim().replace(/ +/g, " ");

function encoded(text: string): string {
  const octet = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text).replace(/[!'()*]/g, octet);
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** `20261122T005310Z` as milliseconds. */
function timeOf(date: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  if (parts === null) return Number.NaN;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
