/**
 * Posting through API Gateway's management API with the stock SDK client, one client for each
 * gateway. Not what functions use: it is what our own poster is held to, by the same contract suite
 * and by the bench. The SDK's own retries are off: what is worth another try is decided above, by
 * the answer.
 */
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { regionOf } from "../../domain/gatewayRegion.ts";
import type { Gateways } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import { postResult } from "./answer.ts";
import type { ApiGatewayOptions } from "./gateways.ts";

export function sdkGateways(options: ApiGatewayOptions): Gateways {
  const clients = new Map<string, ApiGatewayManagementApiClient>();
  const clientOf = (gateway: string) => {
    const client = clients.get(gateway) ?? managementClient(gateway, options);
    clients.set(gateway, client);
    return client;
  };
  return {
    async post({ gateway, connectionId }, frame, withinMs) {
      try {
        const command = new PostToConnectionCommand({ ConnectionId: connectionId, Data: frame });
        const abortSignal = AbortSignal.timeout(Math.max(1, Math.ceil(withinMs)));
        await clientOf(gateway).send(command, { abortSignal });
        return "delivered";
      } catch (error) {
        return postResult(statusOf(error));
      }
    },
    async close({ gateway, connectionId }) {
      try {
        const command = new DeleteConnectionCommand({ ConnectionId: connectionId });
        const abortSignal = AbortSignal.timeout(limits.postTimeoutMs);
        await clientOf(gateway).send(command, { abortSignal });
      } catch {
        // Closed already, or out of reach: either way there is nothing that we could do better.
      }
    },
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
      connectionTimeout: limits.postTimeoutMs / 2,
      httpsAgent: sockets,
      httpAgent: sockets,
    },
  });
}

function statusOf(error: unknown): number | undefined {
  const metadata = (error as { $metadata?: { httpStatusCode?: number } }).$metadata;
  return metadata?.httpStatusCode;
}
