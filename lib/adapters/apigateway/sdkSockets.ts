/**
 * Posting through API Gateway's management API with AWS's own client, one for each gateway: what a
 * deployment with `POSTING_CLIENT: sdk` posts with, and what our own poster is held to, by the same
 * contract suite and by the bench. The client's own retries are off: what is worth another try is
 * decided above, by the answer.
 */
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import type { Address, PostResult, Sockets } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import { postResult } from "./answer.ts";
import { regionOf } from "./endpoint.ts";
import type { ApiGatewayOptions } from "./sockets.ts";

export function sdkSockets(options: ApiGatewayOptions): Sockets {
  const clients = new Map<string, ApiGatewayManagementApiClient>();
  const clientOf = (gateway: string) => {
    const client = clients.get(gateway) ?? managementClient(gateway, options);
    clients.set(gateway, client);
    return client;
  };
  const ask = async (
    { gateway, connectionId }: Address,
    withinMs: number,
    frame?: Uint8Array<ArrayBuffer>,
  ): Promise<PostResult> => {
    const ConnectionId = connectionId;
    const options = { abortSignal: AbortSignal.timeout(Math.max(1, Math.ceil(withinMs))) };
    const client = clientOf(gateway);
    try {
      await (frame === undefined
        ? client.send(new DeleteConnectionCommand({ ConnectionId }), options)
        : client.send(new PostToConnectionCommand({ ConnectionId, Data: frame }), options));
      return "delivered";
    } catch (error) {
      return postResult(statusOf(error));
    }
  };
  return {
    post: (to, frame, withinMs) => ask(to, withinMs, frame),
    close: (connection, withinMs) => ask(connection, withinMs),
  };
}

function managementClient(
  gateway: string,
  { region, credentials, socketsMax = limits.postsPerGateway }: ApiGatewayOptions,
): ApiGatewayManagementApiClient {
  const sockets = { keepAlive: true, maxSockets: socketsMax };
  return new ApiGatewayManagementApiClient({
    endpoint: gateway,
    region: regionOf(gateway) ?? region,
    credentials,
    maxAttempts: 1,
    requestHandler: {
      httpsAgent: sockets,
      httpAgent: sockets,
    },
  });
}

function statusOf(error: unknown): number | undefined {
  const metadata = (error as { $metadata?: { httpStatusCode?: number } }).$metadata;
  return metadata?.httpStatusCode;
}
