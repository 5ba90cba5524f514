/**
 * How the client of the tables writes requests and reads answers: its `protocol`. The JSON of
 * DynamoDB's requests for items is the object that the SDK is given and gives back, except for
 * binary values, which no item here has. So it is written and parsed at once, where the SDK's own
 * protocol walks a schema, value by value. A failed condition has its class and its item; any other
 * error is a `DynamoDBServiceException`, by whose name and status the SDK knows whether to try
 * again.
 */
import {
  ConditionalCheckFailedException,
  type DynamoDBClientConfig,
  DynamoDBServiceException,
} from "@aws-sdk/client-dynamodb";
import type { SdkRequest, SdkResponse } from "./requestHandler.ts";

type Protocol = Extract<DynamoDBClientConfig["protocol"], { getShapeId(): string }>;
/** What the SDK calls of it. The rest is for streams of events and for protocols that extend it. */
type Called = "getShapeId" | "setSerdeContext" | "serializeRequest" | "deserializeResponse";

/** Where the SDK sends a request to. */
interface Endpoint {
  protocol: string;
  hostname: string;
  port?: number;
}

export function jsonProtocol(): Protocol {
  const protocol: Record<Called, unknown> = {
    getShapeId: () => "aws.protocols#awsJson1_0",
    setSerdeContext() {},

    async serializeRequest(
      { name }: { name: string },
      input: object,
      { endpoint }: { endpoint(): Promise<Endpoint> },
    ): Promise<SdkRequest> {
      const { protocol, hostname, port } = await endpoint();
      // Without a `query`, for which the SDK would add headers of its own.
      return {
        protocol,
        hostname,
        port,
        method: "POST",
        path: "/",
        headers: headersFor(name),
        body: JSON.stringify(input),
      };
    },

    /** @throws SyntaxError when the answer is no JSON, to which the SDK adds its status */
    async deserializeResponse(_: unknown, __: unknown, response: SdkResponse): Promise<object> {
      const { statusCode, headers, body } = response;
      const answer: Answer = body.length === 0 ? {} : JSON.parse(body.toString());
      const $metadata = { httpStatusCode: statusCode };
      if (statusCode < 300) return Object.assign(answer, { $metadata });
      const requestId = headers["x-amzn-requestid"];
      throw errorOf(answer, { ...$metadata, ...(requestId && { requestId }) });
    },
  };
  return protocol as unknown as Protocol;
}

const known = new Map<string, Record<string, string>>();

/** The same object for each request of an operation, such as `GetItem`. */
function headersFor(operation: string): Record<string, string> {
  const found = known.get(operation);
  if (found !== undefined) return found;
  const target = `DynamoDB_20120810.${operation}`;
  const made = { "content-type": "application/x-amz-json-1.0", "x-amz-target": target };
  known.set(operation, made);
  return made;
}

/** An answer, as far as it may be an error. Some services write `message` in capitals. */
interface Answer {
  __type?: string;
  message?: string;
  Message?: string;
  Item?: ConditionalCheckFailedException["Item"];
}

/** `__type` is such as `com.amazonaws.dynamodb.v20120810#ThrottlingException`. */
function errorOf(answer: Answer, $metadata: { httpStatusCode: number }): DynamoDBServiceException {
  const name = answer.__type?.replace(/^.*#/, "") ?? "Unknown";
  const message = answer.message ?? answer.Message ?? "UnknownError";
  if (name === "ConditionalCheckFailedException") {
    const { Item } = answer;
    return new ConditionalCheckFailedException({ message, $metadata, ...(Item && { Item }) });
  }
  const $fault = $metadata.httpStatusCode < 500 ? "client" : "server";
  return new DynamoDBServiceException({ name, message, $fault, $metadata });
}
