/** Makes signed requests to one gateway. */
import type { HttpRequest } from "../aws/exchange.ts";
import { requestSigner } from "../aws/requestSigner.ts";
import { type Credentials, escapeSegment } from "../aws/signature.ts";
import type { Endpoint } from "./endpoint.ts";

export type Method = "POST" | "DELETE";

/** `body` must not change any more. */
export type SignFor = (method: Method, id: string, body: Uint8Array) => Promise<HttpRequest>;

const headers: Record<Method, Record<string, string>> = {
  POST: { "content-type": "application/octet-stream" },
  DELETE: {},
};

export function signer(endpoint: Endpoint, credentials: () => Promise<Credentials>): SignFor {
  const { host, prefix } = endpoint;
  const region = async () => endpoint.region;
  const sign = requestSigner({ service: "execute-api", host, region, credentials });
  return (method, connectionId, body) => {
    const path = `${prefix}/@connections/${escapeSegment(connectionId)}`;
    return sign({ method, path, headers: headers[method], body });
  };
}
