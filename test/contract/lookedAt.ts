/**
 * A look at every request that leaves a client of the tables. Emulators answer a weak read as they
 * answer a strong one, and delete nothing by its expiry: what is wrong with a request of that kind
 * shows in the request alone. So it fails where it is made, in the test that makes it.
 */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { TableRequest } from "../support/tableProxy.ts";

interface HttpRequest {
  headers: Record<string, string>;
  body: string | Uint8Array;
}
type Value = { N?: string };
interface Read {
  ConsistentRead?: boolean;
}
interface Body extends Read {
  IndexName?: string;
  Limit?: number;
  RequestItems?: Record<string, Read>;
  Item?: Record<string, Value>;
  ExpressionAttributeNames?: Record<string, string>;
  UpdateExpression?: string;
}

/** Fail whatever the client asks for in a wrong way; everything that it asks for, in order. */
export function lookAt(client: DynamoDBClient): TableRequest[] {
  const requests: TableRequest[] = [];
  client.middlewareStack.add(
    (next) => async (args) => {
      const { headers, body: bytes } = args.request as HttpRequest;
      const body = typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes);
      const operation = String(headers["x-amz-target"]).split(".")[1] ?? "";
      requests.push({ operation, body });
      const fault = faultOf(operation, JSON.parse(body));
      if (fault !== undefined) throw new Error(`${operation} ${fault}: ${body}`);
      return next(args);
    },
    { step: "finalizeRequest", priority: "low", name: "lookedAt" },
  );
  return requests;
}

export function faultOf(operation: string, body: Body): string | undefined {
  const isWeak = ({ ConsistentRead }: Read) => ConsistentRead !== true;
  if (operation === "GetItem" && isWeak(body)) return "reads weakly";
  // An index has no strong reads.
  if (operation === "Query" && body.IndexName === undefined && isWeak(body)) return "reads weakly";
  if (operation === "BatchGetItem" && Object.values(body.RequestItems ?? {}).some(isWeak)) {
    return "reads weakly";
  }
  // The sweep walks the table, a bounded part at a time.
  if (operation === "Scan" && body.Limit === undefined) return "reads a whole table";
  const expiresAt = Number(body.Item?.["expiresAt"]?.N ?? 0);
  // DynamoDB takes the number for seconds, and lets nothing expire that is centuries away.
  if (expiresAt > yearsAwaySeconds) return "has an expiry that is not in seconds";
  const setsExpiry = /\bexpiresAt = (?!if_not_exists\(expiresAt,)/;
  if (setsExpiry.test(body.UpdateExpression ?? "")) return "changes an expiry";
  return undefined;
}

/** The year 2500. */
const yearsAwaySeconds = 530 * 365 * 24 * 60 * 60;
