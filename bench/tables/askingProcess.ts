/** Reads one item so many times, so many at once, and says what CPU one read took this process. */
import type { IncomingMessage } from "node:http";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { exchange, type HttpRequest, serverAt } from "../../lib/adapters/aws/exchange.ts";
import { dynamoClient } from "../../lib/adapters/dynamodb/client.ts";
import { answerTasks } from "../fanout/tasks.ts";
import type { Asking } from "../tables.ts";

type Read = (user: number) => Promise<{ Item?: unknown }>;

const make: Record<Asking["contender"], (endpoint: string) => Read> = {
  ours: (endpoint) => readBy(dynamoClient({ endpoint })),
  sdk: (endpoint) => readBy(new DynamoDBClient({ endpoint })),
  bytes: readByBytes,
};
let read: Read | undefined;

answerTasks(async ({ contender, url, inFlight, requests }: Asking): Promise<number> => {
  read ??= make[contender](url);
  // Sockets that were closed while it was another's turn are opened again before it counts.
  await readAll(read, inFlight, inFlight);
  const before = process.cpuUsage();
  await readAll(read, inFlight, requests);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / requests;
});

async function readAll(readOne: Read, inFlight: number, requests: number): Promise<void> {
  let left = requests;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      const { Item } = await readOne(left % 100);
      if (Item === undefined) throw new Error("no item was read");
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

function inputFor(user: number) {
  const Key = { pk: { S: "ROOM#general" }, sk: { S: `MEMBER#user-${user}` } };
  return { TableName: "Rooms", Key, ConsistentRead: true };
}

function readBy(client: DynamoDBClient): Read {
  return (user) => client.send(new GetItemCommand(inputFor(user)));
}

/** A request of the same length as the others', over the sockets that ours uses. */
function readByBytes(endpoint: string): Read {
  const { protocol, hostname, port } = new URL(endpoint);
  const server = serverAt({ protocol, hostname, port: Number(port) });
  const { ask } = exchange(server, { socketsMax: 64 });
  const headers = [
    ...["host", `${hostname}:${port}`],
    ...["content-type", "application/x-amz-json-1.0"],
    ...["x-amz-target", "DynamoDB_20120810.GetItem"],
    ...["x-amz-date", "20260101T000000Z"],
    ...["authorization", `AWS4-HMAC-SHA256 ${"x".repeat(200)}`],
  ];
  return async (user) => {
    const body = JSON.stringify(inputFor(user));
    const signed: HttpRequest = {
      method: "POST",
      path: "/",
      headers: [...headers, "content-length", String(Buffer.byteLength(body))],
      body,
    };
    let answer = "";
    const { error } = await ask(Promise.resolve(signed), 10_000, (response: IncomingMessage) => {
      response.setEncoding("utf8").on("data", (text: string) => {
        answer += text;
      });
    });
    if (error) throw error;
    return JSON.parse(answer);
  };
}
