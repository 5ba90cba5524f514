/**
 * A request to a table keeps its promises against any server: how often it is tried, how long it
 * takes at most, and which error its caller gets. The SDK decides this, and sends with our handler.
 * It is written and read by a protocol of our own, as the SDK's writes and reads it.
 */
import { Agent } from "node:http";
import { Socket } from "node:net";
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import {
  dynamoClient,
  ifConditionMet,
  type TablesPlace,
} from "../../lib/adapters/dynamodb/client.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { localCredentials, localRegion } from "../../local/emulator/database/tables.ts";
import { signedBySdk } from "../support/sdkSignature.ts";
import { answerMs, type ScriptedGateway, scriptedGateway } from "./scriptedGateway.ts";

const attempts = limits.tableRequestAttempts;
const Key = { pk: { S: "a" }, sk: { S: "b" } };
const stored = JSON.stringify({ Item: { ...Key, text: { S: "Grüße, 世界" } } });

let tables: ScriptedGateway;
beforeEach(async () => {
  // The SDK's pauses before another try are of random length, up to a second.
  vi.spyOn(Math, "random").mockReturnValue(0);
  vi.stubEnv("AWS_REGION", localRegion);
  vi.stubEnv("AWS_ACCESS_KEY_ID", localCredentials.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", localCredentials.secretAccessKey);
  tables = await scriptedGateway();
  tables.answer = (response) => response.end(stored);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  tables.stop();
});

function clientOf(place: TablesPlace = {}) {
  const client = dynamoClient({
    endpoint: tables.url,
    requestMs: answerMs,
    connectMs: answerMs,
    ...place,
  });
  onTestFinished(() => client.destroy());
  return client;
}
const read = (client = clientOf()) => client.send(new GetItemCommand({ TableName: "t", Key }));
const write = (client = clientOf()) =>
  client.send(new PutItemCommand({ TableName: "t", Item: Key }));
const failed = (status: number, name: string) => {
  tables.answer = (response) =>
    response.writeHead(status).end(JSON.stringify({ __type: `com.amazonaws#${name}` }));
};
const unavailable = { code: "unavailable" };

describe("a request to a table", () => {
  it("brings back the item, over the socket that an earlier one opened", async () => {
    const client = clientOf();
    for (const _ of [1, 2]) {
      expect((await read(client)).Item?.["text"]).toEqual({ S: "Grüße, 世界" });
    }
    expect(tables.sockets).toBe(1);
  });

  it("brings back an item that comes in many pieces", async () => {
    const text = "😀".repeat(50_000);
    tables.answer = (response) => {
      const bytes = Buffer.from(JSON.stringify({ Item: { text: { S: text } } }));
      for (let at = 0; at < bytes.length; at += 1_001)
        response.write(bytes.subarray(at, at + 1_001));
      response.end();
    };
    expect((await read()).Item?.["text"]).toEqual({ S: text });
  });

  it.each([
    ["is reset before it is answered", () => (tables.answer = (_, { socket }) => socket.destroy())],
    [
      "has its answer cut off",
      () =>
        (tables.answer = (response, { socket }) => {
          response.writeHead(200, { "content-length": stored.length + 9 });
          response.write(stored, () => socket.destroy());
        }),
    ],
    ["is answered 500", () => failed(500, "InternalServerError")],
    [
      "is answered 503 in HTML",
      () => (tables.answer = (response) => response.writeHead(503).end("<html></html>")),
    ],
    ["is throttled", () => failed(400, "ThrottlingException")],
    ["exceeds the table's throughput", () => failed(400, "ProvisionedThroughputExceededException")],
  ])("that %s is tried again, and in the end unavailable", async (_, fault) => {
    fault();
    await expect(read()).rejects.toMatchObject(unavailable);
    expect(tables.requests).toHaveLength(attempts);
    const sound = tables.requests.length + 2;
    const { answer } = tables;
    tables.answer = (response, request) => {
      if (tables.requests.length < sound) answer(response, request);
      else response.end(stored);
    };
    expect((await read()).Item).toBeDefined();
  });

  it.each([
    ["no answer comes", () => (tables.answer = () => {})],
    [
      "the answer's body does not end",
      () =>
        (tables.answer = (response) => {
          response.writeHead(200, { "content-length": stored.length + 9 }).write(stored);
        }),
    ],
  ])("ends in time when %s, each try for itself", async (_, fault) => {
    fault();
    await expect(read(clientOf({ requestMs: 50 }))).rejects.toMatchObject({
      ...unavailable,
      cause: { name: "TimeoutError" },
    });
    // A busy machine may end a try before it has reached the server.
    expect(tables.requests.length).toBeLessThanOrEqual(attempts);
  });

  it("ends in time when no socket opens, each try with another", async () => {
    const sockets: Socket[] = [];
    vi.spyOn(Agent.prototype, "createConnection").mockImplementation(() => {
      const silent = Object.assign(new Socket(), { connecting: true });
      sockets.push(silent);
      return silent;
    });
    await expect(read(clientOf({ connectMs: 20 }))).rejects.toMatchObject({
      ...unavailable,
      cause: { name: "TimeoutError" },
    });
    expect(sockets).toHaveLength(attempts);
    expect(sockets.filter(({ destroyed }) => destroyed)).toHaveLength(attempts);
  });

  it("is unavailable when nobody listens", async () => {
    tables.stop();
    await expect(read()).rejects.toMatchObject({ ...unavailable, cause: { code: "ECONNREFUSED" } });
  });

  it("is tried once when its condition is not met: an answer, not an outage", async () => {
    failed(400, "ConditionalCheckFailedException");
    expect(await ifConditionMet(write())).toBeUndefined();
    expect(tables.requests).toHaveLength(1);
  });

  it.each([
    "ValidationException",
    "AccessDeniedException",
    "ResourceNotFoundException",
  ])("is tried once when it is refused with %s: a defect, not an outage", async (name) => {
    failed(400, name);
    await expect(write()).rejects.toMatchObject({ name });
    expect(tables.requests).toHaveLength(1);
  });
});

describe("signed as by the SDK's own signer", () => {
  const scope = { region: localRegion, service: "dynamodb", credentials: localCredentials };
  const sessionToken = "IQoJb3JpZ2luX2VjEJ+/==";

  it.each([
    ["with keys alone", undefined, "text"],
    ["with a session token", sessionToken, "text"],
    ["with a large item in Unicode", undefined, "Grüße, 世界 👩‍👩‍👧".repeat(1_000)],
  ])("%s", async (_, token, text) => {
    vi.stubEnv("AWS_SESSION_TOKEN", token);
    const Item = { ...Key, text: { S: text } };
    await clientOf().send(new PutItemCommand({ TableName: "t", Item }));
    const { method, headers, body } = tables.requests[0] ?? expect.fail("nothing was sent");
    const { authorization: signature = "" } = headers;
    const names = /SignedHeaders=([^,]+)/.exec(signature)?.[1]?.split(";") ?? [];
    const theirs = Object.keys(headers).filter((name) => name.startsWith("x-amz-"));
    expect(names).toEqual(["content-type", "host", ...theirs].sort());
    expect(headers["x-amz-security-token"]).toBe(token);
    const signed = Object.fromEntries(names.map((name) => [name, String(headers[name])]));
    const credentials = { ...localCredentials, ...(token && { sessionToken: token }) };
    const request = { method, path: "/", headers: signed, body };
    expect(signature).toBe(await signedBySdk(request, { ...scope, credentials }));
  });
});

describe("written and read as by the SDK's own protocol", () => {
  const Item = {
    ...Key,
    text: { S: 'Grüße, 世界 😀 "\\\n' },
    seq: { N: "9007199254740991" },
    owners: { L: [{ S: "alice" }, { M: { deep: { NULL: true as const } } }] },
    listed: { BOOL: false },
    names: { SS: ["a", "b"] },
    none: { M: {} },
  };
  const TableName = "t";
  const conditional = {
    ConditionExpression: "attribute_not_exists(pk) AND #n = :n",
    ExpressionAttributeNames: { "#n": "n" },
    ExpressionAttributeValues: { ":n": { N: "1" } },
    ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
  };
  const Keys = [Key, { pk: { S: "c" }, sk: { S: "d" } }];
  const Requests = [{ PutRequest: { Item } }, { DeleteRequest: { Key } }];
  const consumed = { ConsumedCapacity: { TableName, CapacityUnits: 0.5 } };
  const page = { Items: [Item, Key], Count: 2, ScannedCount: 3, LastEvaluatedKey: Key };
  /** Each with an answer of its kind. */
  const commands = {
    get: [() => new GetItemCommand({ TableName, Key, ConsistentRead: true }), { Item }],
    put: [() => new PutItemCommand({ TableName, Item, ...conditional }), consumed],
    update: [
      () => new UpdateItemCommand({ TableName, Key, UpdateExpression: "SET n = :n" }),
      { Attributes: Item },
    ],
    delete: [() => new DeleteItemCommand({ TableName, Key }), { Attributes: Item }],
    query: [() => new QueryCommand({ TableName, Limit: 11, ExclusiveStartKey: Key }), page],
    "query with what is not set": [
      () => new QueryCommand({ TableName, ExclusiveStartKey: undefined }),
      { Items: [] },
    ],
    scan: [() => new ScanCommand({ TableName, Segment: 0, TotalSegments: 4 }), page],
    "batch of reads": [
      () => new BatchGetItemCommand({ RequestItems: { t: { Keys } } }),
      { Responses: { t: [Item] }, UnprocessedKeys: { t: { Keys } } },
    ],
    "batch of writes": [
      () => new BatchWriteItemCommand({ RequestItems: { t: Requests } }),
      { UnprocessedItems: { t: Requests } },
    ],
  } as const;
  const errors: object[] = [
    { __type: "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", Item },
    { __type: "com.amazon.coral.validate#ValidationException", message: "said why" },
    { __type: "AccessDeniedException", Message: "said why" },
    {},
  ];

  /** What reached the server, and what the caller got. */
  async function asked(client: DynamoDBClient, make: () => unknown) {
    const got = await client.send(make() as GetItemCommand).catch((error) => {
      const { name, message, $fault, $metadata } = error;
      return { name, message, $fault, $metadata, Item: error.Item };
    });
    const { attempts: tries, httpStatusCode } = got.$metadata;
    const { method, url, headers, body } = tables.requests.at(-1) ?? expect.fail();
    const { "content-type": type, "x-amz-target": target, "content-length": length } = headers;
    const written = { method, url, type, target, length, body: JSON.parse(body.toString()) };
    return { written, read: { ...got, $metadata: { tries, httpStatusCode } } };
  }

  it.each(Object.entries(commands))("%s", async (_, [make, success]) => {
    const theirs = new DynamoDBClient({ endpoint: tables.url, maxAttempts: attempts });
    onTestFinished(() => theirs.destroy());
    const ours = clientOf();
    for (const answer of [success, {}, ...errors]) {
      const status = errors.includes(answer) ? 400 : 200;
      tables.answer = (response) => response.writeHead(status).end(JSON.stringify(answer));
      expect(await asked(ours, make)).toEqual(await asked(theirs, make));
    }
  });
});
