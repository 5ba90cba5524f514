/**
 * The calls that each function makes, written down once more by hand. The deployed roles and the
 * bundled commands are both held to this table, so that a new call is a decision, not an accident.
 * Bundles do not show which table a command goes to; only the roles are held to that.
 */
export interface Calls {
  Connections?: string[];
  Rooms?: string[];
  /** Posts to connections and closes them. */
  posts?: true;
  /** What else its role allows, as "action on resource". */
  others?: string[];
}

/** What publishing takes, with forgetting whoever it finds gone. */
const publishing = ["Query", "BatchGetItem", "BatchWriteItem"];
/** What forgetting one connection takes. */
const forgetting = [...publishing, "UpdateItem"];

export const calls: Record<string, Calls> = {
  authorize: {},
  connect: { Connections: ["PutItem"] },
  disconnect: { Connections: forgetting, posts: true },
  send: {
    Rooms: ["GetItem", "Query", "PutItem", "UpdateItem"],
    Connections: forgetting,
    posts: true,
  },
  default: {
    Rooms: ["GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"],
    Connections: [...forgetting, "GetItem", "PutItem", "DeleteItem"],
    posts: true,
  },
  http: {
    Rooms: ["GetItem", "Query", "PutItem", "UpdateItem"],
    Connections: publishing,
    posts: true,
    others: ["dynamodb:Query on <Connections.Arn>/index/gateways"],
  },
  fanOut: {
    Rooms: ["PutItem"],
    Connections: ["GetItem", "UpdateItem"],
    others: [
      "dynamodb:DescribeStream on <Rooms.StreamArn>",
      "dynamodb:GetRecords on <Rooms.StreamArn>",
      "dynamodb:GetShardIterator on <Rooms.StreamArn>",
      "dynamodb:ListStreams on <Rooms.StreamArn>",
      "lambda:InvokeFunction on <DeliverLambdaFunction.Arn>",
      "sqs:SendMessage on <UndeliveredQueue.Arn>",
    ],
  },
  deliver: { Connections: publishing, posts: true },
};

export const functionNames = Object.keys(calls);
/** Those that a gateway waits for. */
export const apiFunctionNames = functionNames.filter((name) => !/^(fanOut|deliver)$/.test(name));

/** The prefix of everything that is generated for a function: `SendRole`, `SendLogGroup`. */
export function logicalName(functionName: string): string {
  return functionName.charAt(0).toUpperCase() + functionName.slice(1);
}
