/** As lib/runtime.ts makes it, but with a deadline for each post that no busy machine misses. */
import { apiGatewaySockets } from "../../lib/adapters/apigateway/sockets.ts";
import { dynamoClient } from "../../lib/adapters/dynamodb/client.ts";

export const deadlineMs = 240_000;

export function patientSockets(socketsMax?: number): ReturnType<typeof apiGatewaySockets> {
  const client = dynamoClient();
  const sockets = apiGatewaySockets({
    region: "us-east-1",
    credentials: () => client.config.credentials(),
    ...(socketsMax !== undefined && { socketsMax }),
  });
  return { ...sockets, post: (to, frame) => sockets.post(to, frame, deadlineMs) };
}
