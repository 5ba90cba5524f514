/**
 * Changes of messages in DynamoDB: one conditional update of the item that the log has. It sets
 * `announce`. By that the stream's reader finds changes, and announces those that nobody has.
 */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { MessageChange } from "../../model.ts";
import type { MessageLog } from "../../ports.ts";
import { ifConditionMet, type Table } from "./client.ts";
import { changeableFrom, eventAttributes, eventKey, toKey } from "./items.ts";
import { getItem } from "./read.ts";

/** Changes that are not `isAnnounced` set off no function: who makes them announces them. */
export function dynamoMessageChanges(
  table: Table,
  isAnnounced = true,
): Pick<MessageLog, "findChangeable" | "change"> {
  return {
    async findChangeable(room, seq) {
      const item = await getItem(table, eventKey(room, seq));
      return item && changeableFrom(item);
    },

    async change(room, seq, change) {
      const changed = await ifConditionMet(
        table.client.send(
          new UpdateItemCommand({
            TableName: table.name,
            Key: toKey(eventKey(room, seq)),
            ReturnValues: "ALL_NEW",
            ...changeExpressions(change, isAnnounced),
          }),
        ),
      );
      return changed?.Attributes && changeableFrom(changed.Attributes)?.event;
    },
  };
}

/**
 * The version that is asked for, or none, with what is set and removed. `delivery` goes, so that
 * the stream does not bring a message again that it has delivered.
 */
function changeExpressions({ fromV, set, remove }: MessageChange, isAnnounced: boolean) {
  const names = Object.keys(set);
  const next = "if_not_exists(#v, :one) + :one";
  const sets = [
    `#v = ${next}`,
    ...(isAnnounced ? [`#announce = ${next}`] : []),
    ...names.map((name) => `#${name} = :${name}`),
  ];
  const quiet = isAnnounced ? ["delivery"] : ["delivery", "announce"];
  const removed = [...quiet, ...remove.filter((name) => !names.includes(name))];
  const gone = removed.map((name) => `#${name}`);
  const named = [...names, ...removed, "v", "announce", "kind", ...(fromV ? [] : ["deleted"])];
  const isAtV = fromV === 1 ? "attribute_not_exists(#v)" : "#v = :fromV";
  const condition = fromV === undefined ? "attribute_not_exists(#deleted)" : isAtV;
  return {
    UpdateExpression: `SET ${sets.join(", ")} REMOVE ${gone.join(", ")}`,
    ConditionExpression: `#kind = :message AND ${condition}`,
    ExpressionAttributeNames: Object.fromEntries(named.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: marshall({
      ":one": 1,
      ":message": "message",
      ...Object.fromEntries(
        Object.entries(eventAttributes(set)).map(([name, to]) => [`:${name}`, to]),
      ),
      ...(fromV !== undefined && fromV > 1 && { ":fromV": fromV }),
    }),
  };
}
