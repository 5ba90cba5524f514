/**
 * Posting through API Gateway's management API with the stock SDK client, one client for each
 * gateway. The SDK's own retries are off: what is worth another try is decided above, by the
 * answer. The status is looked at, not the error's name, since an emulator's 410 has no name that
 * the SDK knows.
 */
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import type { Gateways, PostResult } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";

/** `region` signs for gateways whose endpoint does not name one (custom domains, emulators). */
export function apiGatewayGateways(region: string): Gateways {
  const clients = new Map<string, ApiGatewayManagementApiClient>();
  const clientOf = (gateway: string) => {
    const client = clients.get(gateway) ?? managementClient(gateway, region);
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
        return resultOf(error);
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

function managementClient(gateway: string, region: string): ApiGatewayManagementApiClient {
  const sockets = { keepAlive: true, maxSockets: limits.postsInFlight };
  return new ApiGatewayManagementApiClient({
    endpoint: gateway,
    region: /\.execute-api\.([a-z0-9-]+)\.amazonaws\./.exec(gateway)?.[1] ?? region,
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: limits.postTimeoutMs / 2,
      httpsAgent: sockets,
      httpAgent: sockets,
    },
  });
}

function resultOf(error: unknown): PostResult {
  switch (statusOf(error)) {
    case 410:
      return "gone";
    case 429:
      return "throttled";
    case 400:
    case 403:
    case 413:
      return "refused";
    default:
      return "failed";
  }
}

function statusOf(error: unknown): number | undefined {
  const metadata = (error as { $metadata?: { httpStatusCode?: number } }).$metadata;
  return metadata?.httpStatusCode;
}
