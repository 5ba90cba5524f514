/**
 * The index by `memberOf`: members and who is banned by room, invitations by user, and the rooms in
 * the directory. It has keys alone; what it finds is read from the table.
 */
import type { QueryCommandInput } from "@aws-sdk/client-dynamodb";
import { type Item, type Key, memberIndex } from "./items.ts";

/** A query of what is listed under a name, behind a partition key. */
export function indexQuery(
  memberOf: string,
  afterPk?: string,
): Omit<QueryCommandInput, "TableName"> {
  const behind = afterPk === undefined ? "" : " AND pk > :after";
  return {
    IndexName: memberIndex,
    KeyConditionExpression: `memberOf = :memberOf${behind}`,
    ExpressionAttributeValues: {
      ":memberOf": { S: memberOf },
      ...(afterPk !== undefined && { ":after": { S: afterPk } }),
    },
  };
}

/** Where in the table they are that an index has found. */
export const keysOf = (entries: readonly Item[]): Key[] =>
  entries.map(({ pk, sk }) => ({ pk: pk?.S ?? "", sk: sk?.S ?? "" }));
