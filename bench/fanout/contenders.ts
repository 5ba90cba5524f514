/**
 * Who posts, for comparison. Each makes one client and uses it for everything. The SDK's is taken
 * as it comes, and once more with all that its documentation advises for parallel work; neither has
 * a deadline for each post, which ours has, and which would cost the SDK its cached middleware.
 */
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { Pool } from "undici";
import { postResult } from "../../lib/adapters/apigateway/answer.ts";
import { parseEndpoint } from "../../lib/adapters/apigateway/endpoint.ts";
import { signer } from "../../lib/adapters/apigateway/signer.ts";
import { dynamoClient } from "../../lib/adapters/dynamodb/client.ts";
import type { PostResult } from "../../lib/ports.ts";
import { deadlineMs, patientSockets } from "./patientSockets.ts";

export type Post = (id: string, frame: Uint8Array<ArrayBuffer>) => Promise<PostResult>;

export const contenders = { ours, sdk, sdkTuned, undici };
export type Contender = keyof typeof contenders;

export const contenderTitles: Record<Contender, string> = {
  ours: "ours",
  sdk: "the SDK's client",
  sdkTuned: "the SDK's client, tuned",
  undici: "our signature over undici",
};

const region = "us-east-1";

function ours(gateway: string, inFlight: number): Post {
  const sockets = patientSockets(inFlight);
  return (connectionId, frame) => sockets.post({ gateway, connectionId }, frame, deadlineMs);
}

function sdk(endpoint: string): Post {
  return postWith(new ApiGatewayManagementApiClient({ endpoint, region }));
}

/** The SDK's own pages "Parallel workloads in Node.js" and "Effective practices". */
function sdkTuned(endpoint: string, inFlight: number): Post {
  const agent = { keepAlive: true, maxSockets: inFlight };
  const client = new ApiGatewayManagementApiClient({
    endpoint,
    region,
    maxAttempts: 1,
    cacheMiddleware: true,
    requestHandler: { httpAgent: agent, httpsAgent: agent },
  });
  return postWith(client);
}

function postWith(client: ApiGatewayManagementApiClient): Post {
  return async (ConnectionId, Data) => {
    await client.send(new PostToConnectionCommand({ ConnectionId, Data }));
    return "delivered";
  };
}

/** What another HTTP client would save. */
function undici(gateway: string, inFlight: number): Post {
  const client = dynamoClient();
  const sign = signer(parseEndpoint(gateway, region), () => client.config.credentials());
  const pool = new Pool(gateway, { connections: inFlight, headersTimeout: 0, bodyTimeout: 0 });
  return async (connectionId, frame) => {
    const { method, path, headers, body } = await sign("POST", connectionId, frame);
    return new Promise((resolve) => {
      let status: number | undefined;
      let abort = () => {};
      const timer = setTimeout(() => abort(), deadlineMs);
      const end = () => {
        clearTimeout(timer);
        resolve(postResult(status));
      };
      pool.dispatch(
        { method, path, headers, body },
        {
          onRequestStart: (controller) => {
            abort = () => controller.abort(new Error("late"));
          },
          onResponseStart: (_controller, code) => {
            status = code;
          },
          onResponseData: () => {},
          onResponseEnd: end,
          onResponseError: end,
        },
      );
    });
  };
}
