/** Reads one item so many times, so many at once, and says what CPU one read took this process. */
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { dynamoClient } from "../../lib/adapters/dynamodb/client.ts";
import { answerTasks } from "../fanout/tasks.ts";
import type { Asking } from "../tables.ts";

const make = {
  ours: (endpoint: string) => dynamoClient({ endpoint }),
  sdk: (endpoint: string) => new DynamoDBClient({ endpoint }),
};
let client: DynamoDBClient | undefined;

answerTasks(async ({ contender, url, inFlight, requests }: Asking): Promise<number> => {
  client ??= make[contender](url);
  // Sockets that were closed while it was another's turn are opened again before it counts.
  await read(client, inFlight, inFlight);
  const before = process.cpuUsage();
  await read(client, inFlight, requests);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / requests;
});

async function read(from: DynamoDBClient, inFlight: number, requests: number): Promise<void> {
  let left = requests;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      const Key = { pk: { S: "ROOM#general" }, sk: { S: `MEMBER#user-${left % 100}` } };
      const command = new GetItemCommand({ TableName: "Rooms", Key, ConsistentRead: true });
      const { Item } = await from.send(command);
      if (Item === undefined) throw new Error("no item was read");
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}
