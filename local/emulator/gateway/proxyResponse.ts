/**
 * What a function returned, in the form that API Gateway wants from a proxy integration. Anything
 * else is the same to it as a function that failed.
 */
import type { Outcome } from "./functionProcess.ts";

export interface ProxyResponse {
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
