/**
 * Which calls a signed request makes, in IAM's words: an action on each resource that it names. A
 * request that says none is one on everything, which no role grants.
 */
import type { IncomingHttpHeaders } from "node:http";
import { apiId, arnOf, functionArn, stage, tableArn } from "./localNames.ts";

export interface SignedRequest {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export type Service = "dynamodb" | "execute-api" | "lambda";
export type Action = { action: string; resource: string };

/** The service that a request is signed for. */
export function serviceOf({ headers }: SignedRequest): string | undefined {
  const scope = /Credential=[^/]+\/\d{8}\/[^/]+\/([\w-]+)\/aws4_request/;
  return scope.exec(headers.authorization ?? "")?.[1];
}

export const actionsOf: Record<Service, (request: SignedRequest) => Action[]> = {
  dynamodb({ headers, body }) {
    const action = `dynamodb:${String(headers["x-amz-target"]).split(".")[1]}`;
    const { TableName, IndexName, RequestItems } = JSON.parse(body) as {
      TableName?: string;
      IndexName?: string;
      RequestItems?: Record<string, unknown>;
    };
    const names = RequestItems ? Object.keys(RequestItems) : [TableName ?? "*"];
    const index = IndexName === undefined ? "" : `/index/${IndexName}`;
    return names.map((name) => ({ action, resource: tableArn(name) + index }));
  },
  "execute-api"({ method, url }) {
    const resource = arnOf("execute-api", `${apiId}/${stage}/${method}${url}`);
    return [{ action: "execute-api:ManageConnections", resource }];
  },
  lambda({ url }) {
    const [, name = "*"] = /\/functions\/([^/]+)\/invocations/.exec(url) ?? [];
    return [{ action: "lambda:InvokeFunction", resource: functionArn(name) }];
  },
};
