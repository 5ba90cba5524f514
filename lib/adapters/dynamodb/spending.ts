/**
 * What users spent and how often they did something, in DynamoDB: one item for a user, window and
 * thing that is counted, which expires with the window.
 */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { Spending } from "../../ports.ts";
import type { Table } from "./client.ts";
import { spendingKey, toKey } from "./items.ts";

export function dynamoSpending({ client, name }: Table): Spending {
  return {
    async add(user, windowEndsAtMs, cost, deed) {
      const { Attributes } = await client.send(
        new UpdateItemCommand({
          TableName: name,
          Key: toKey(spendingKey(user, windowEndsAtMs, deed)),
          UpdateExpression: "SET expiresAt = if_not_exists(expiresAt, :expiresAt) ADD spent :cost",
          ExpressionAttributeValues: marshall({
            ":expiresAt": Math.ceil(windowEndsAtMs / 1_000),
            ":cost": cost,
          }),
          ReturnValues: "UPDATED_NEW",
        }),
      );
      const total = Number(Attributes?.["spent"]?.N);
      // A total that is no number would let the user spend without a limit.
      if (!Number.isFinite(total)) throw new TypeError("the table answered without what was spent");
      return total;
    },
  };
}
