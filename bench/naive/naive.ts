/**
 * The design that people copy, done well: it makes its clients once, posts to everybody at once,
 * and forgives posts that fail. It stores no message, checks no membership, and answers nobody: it
 * has one room, which everybody who is connected is in.
 */
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import {
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";

interface SocketEvent {
  body?: string;
  requestContext: { connectionId: string };
}

const TableName = process.env["CONNECTIONS_TABLE"];
const tables = new DynamoDBClient({ endpoint: process.env["DYNAMODB_ENDPOINT"] ?? "" });
const gateway = new ApiGatewayManagementApiClient({
  endpoint: process.env["MANAGEMENT_ENDPOINT"] ?? "",
});

const keyOf = ({ requestContext }: SocketEvent) => ({
  connectionId: { S: requestContext.connectionId },
});

export async function connect(event: SocketEvent) {
  await tables.send(new PutItemCommand({ TableName, Item: keyOf(event) }));
  return { statusCode: 200 };
}

export async function disconnect(event: SocketEvent) {
  await tables.send(new DeleteItemCommand({ TableName, Key: keyOf(event) }));
  return { statusCode: 200 };
}

export async function send({ body = "" }: SocketEvent) {
  const { Items = [] } = await tables.send(new ScanCommand({ TableName }));
  const posts = Items.map(({ connectionId }) =>
    gateway.send(new PostToConnectionCommand({ ConnectionId: connectionId?.S, Data: body })),
  );
  await Promise.allSettled(posts);
  return { statusCode: 200 };
}
