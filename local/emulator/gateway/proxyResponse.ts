/**
 * A function's answer in the form of a proxy integration. Any other value counts as a failure, as
 * on AWS.
 */

import type { IncomingMessage } from "node:http";
import type { Outcome } from "./functionProcess.ts";

interface ProxyResponse {
  statusCode: number;
  /** By lower-case name. */
  headers: ReadonlyMap<string, string>;
  body: string;
  isBase64Encoded: boolean;
}

export function proxyResponse(outcome: Outcome): ProxyResponse | undefined {
  if ("failed" in outcome) return undefined;
  const { statusCode, headers = {}, body = "", isBase64Encoded = false } = Object(outcome.returned);
  const status = Number(statusCode ?? Number.NaN);
  if (!(Number.isInteger(status) && status >= 100 && status <= 599)) return undefined;
  if (typeof (body ?? "") !== "string") return undefined;
  const entries = Object.entries(headers ?? {});
  return {
    statusCode: status,
    headers: new Map(entries.map(([name, value]) => [name.toLowerCase(), String(value)])),
    body: body ?? "",
    isBase64Encoded: isBase64Encoded === true,
  };
}

/**
 * Reads a request's body to its end, so that the answer gets through. Undefined if it exceeds the
 * limit.
 */
export async function readBody(
  request: IncomingMessage,
  bytesMax: number,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= bytesMax) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes <= bytesMax ? Buffer.concat(chunks) : undefined;
}
