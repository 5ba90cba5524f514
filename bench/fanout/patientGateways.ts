/** As lib/runtime.ts makes it, but with a deadline for each post that no busy machine misses. */
import { apiGatewayGateways } from "../../lib/adapters/apigateway/gateways.ts";
import { dynamoClient } from "../../lib/adapters/dynamodb/client.ts";

export const deadlineMs = 240_000;

export function patientGateways(socketsMax?: number): ReturnType<typeof apiGatewayGateways> {
  const client = dynamoClient();
  const gateways = apiGatewayGateways({
    region: "us-east-1",
    credentials: () => client.config.credentials(),
    ...(socketsMax !== undefined && { socketsMax }),
  });
  return { ...gateways, post: (to, frame) => gateways.post(to, frame, deadlineMs) };
}
