/**
 * What DynamoDB left undone of a batch has to be asked for again. A subscription that is forgotten
 * there outlives its connection, no item names it any more, and only a publish to its topic would
 * ever find it: so it is looked for in the table. (A function that is killed leaves the connection,
 * which names what is left.)
 */
import { type DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { connectionKey, type Item, toKey } from "../../lib/adapters/dynamodb/items.ts";
import type { Violation } from "../support/checker/history.ts";
import type { PartedBatch } from "../support/partBatch.ts";
import type { TableRequest } from "../support/tableProxy.ts";
import type { Stack } from "./stack.ts";

interface Leftovers {
  left(batch: PartedBatch["left"]): void;
  done(request: TableRequest, status: number): void;
  /** Subscriptions that were left, are still there, and that no connection names. */
  unnamed(stack: Pick<Stack, "client" | "connectionsTable">, at: number): Promise<Violation[]>;
}

const partition = /^TOPIC#(?<topic>.+)#\d+$/;

export function createLeftovers(): Leftovers {
  const left = new Map<string, Item>();
  return {
    left(batch) {
      for (const requests of Object.values(batch)) {
        if (!Array.isArray(requests)) continue; // reads
        for (const { DeleteRequest } of requests as { DeleteRequest: { Key: Item } }[]) {
          left.set(nameOf(DeleteRequest.Key), DeleteRequest.Key);
        }
      }
    },
    done({ operation, body }, status) {
      // A new subscription counts, also when something was left of the one before.
      if (operation !== "PutItem" || status !== 200) return;
      left.delete(nameOf((JSON.parse(body) as { Item: Item }).Item));
    },
    async unnamed({ client, connectionsTable }, at) {
      const stories = await Promise.all(
        [...left.values()].map((key) => storyOf(key, client, connectionsTable)),
      );
      return stories.flatMap((story) => (story === undefined ? [] : { promise: 8, story, at }));
    },
  };
}

const nameOf = ({ pk, sk }: Item) => `${pk?.S} ${sk?.S}`;

async function storyOf(
  key: Item,
  client: DynamoDBClient,
  TableName: string,
): Promise<string | undefined> {
  const topic = partition.exec(key["pk"]?.S ?? "")?.groups?.["topic"];
  const connectionId = key["sk"]?.S ?? "";
  if (topic === undefined) return undefined;
  const find = async (Key: Item) => {
    const read = new GetItemCommand({ TableName, Key, ConsistentRead: true });
    const { Item } = await client.send(read);
    return Item && unmarshall(Item);
  };
  const isNamed = async () => {
    const connection = await find(toKey(connectionKey(connectionId)));
    return connection?.["topics"]?.[topic] !== undefined;
  };
  // The connection is looked at twice, because somebody may be subscribing.
  if (await isNamed()) return undefined;
  const subscription = await find(key);
  if (subscription === undefined || subscription["reserved"] || (await isNamed())) return undefined;
  return `${connectionId} is subscribed to ${topic}, and nothing names that any more`;
}
