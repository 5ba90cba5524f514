/**
 * `npm run redrive`: what was given up reaches its function again, and no letter is lost. A server
 * plays the queue, the stream and the functions of a deployment.
 */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { localCredentials, localRegion } from "../../local/emulator/database/tables.ts";
import { type RedrivePorts, redrive } from "../../local/operate/redrive.ts";
import { redrivePorts } from "../../local/operate/redrivePorts.ts";
import { runToEnd } from "./processes.ts";

const arnOf = (name: string) => `arn:aws:lambda:us-east-1:1:function:${name}`;
const streamArn = "arn:aws:dynamodb:us-east-1:1:table/Rooms/stream/1";

/** What Lambda writes to the queue about records of a shard. */
const letterOf = (name: string, start: number, end: number) =>
  JSON.stringify({
    requestContext: { functionArn: arnOf(name), condition: "RetryAttemptsExhausted" },
    DDBStreamBatchInfo: {
      ...{ shardId: "shard-1", streamArn, batchSize: end - start + 1 },
      ...{ startSequenceNumber: String(start), endSequenceNumber: String(end) },
    },
  });

interface Played {
  letters: Map<string, string>;
  hidden: Set<string>;
  /** Sequence numbers of the shard, and the image of each. */
  records: Map<number, object>;
  failing: Set<string>;
  /** What each function was given. */
  given: [name: string, sequenceNumbers: string[]][];
}

const image = { delivery: { S: "stream" } };

function deployment(letters: string[]): Played {
  const records = new Map([1, 2, 3, 4, 5].map((at) => [at, at === 3 ? {} : image]));
  const all = letters.map((body, index) => [`letter-${index + 1}`, body] as const);
  return { letters: new Map(all), hidden: new Set(), records, failing: new Set(), given: [] };
}

let played: Played;
let ports: RedrivePorts & { close(): void };

beforeEach(async () => {
  played = deployment([letterOf("fanOut", 2, 4), letterOf("fanOut", 5, 5)]);
  const server = createServer(async (request, response) => {
    const asked = await text(request);
    const operation = String(request.headers["x-amz-target"]).split(".")[1];
    const answer = answerTo(operation ?? request.url ?? "", asked ? JSON.parse(asked) : {});
    const isError = "__type" in answer;
    response.writeHead(isError ? 400 : 200, { "content-type": "application/x-amz-json-1.0" });
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  ports = redrivePorts(`${endpoint}/1/undelivered`, {
    endpoint,
    region: localRegion,
    credentials: localCredentials,
  });
  onTestFinished(() => {
    ports.close();
    server.closeAllConnections();
    server.close();
  });
});

function answerTo(operation: string, input: Record<string, unknown>): object {
  const { ReceiptHandle, VisibilityTimeout, SequenceNumber, ShardIterator } = input;
  switch (operation) {
    case "ReceiveMessage": {
      const seen = [...played.letters].filter(([id]) => !played.hidden.has(id));
      if (Number(VisibilityTimeout) > 0) for (const [id] of seen) played.hidden.add(id);
      const Messages = seen.map(([id, Body]) => {
        const MD5OfBody = createHash("md5").update(Body).digest("hex");
        return { MessageId: id, ReceiptHandle: id, Body, MD5OfBody };
      });
      return { Messages };
    }
    case "DeleteMessage":
      played.letters.delete(String(ReceiptHandle));
      return {};
    case "ChangeMessageVisibility":
      played.hidden.delete(String(ReceiptHandle));
      return {};
    case "GetShardIterator":
      if (!played.records.has(Number(SequenceNumber)))
        return { __type: "TrimmedDataAccessException" };
      return { ShardIterator: String(SequenceNumber) };
    case "GetRecords": {
      // One record a page, so that a batch is several of them.
      const at = Number(ShardIterator);
      const NewImage = played.records.get(at);
      const Records = NewImage ? [{ dynamodb: { SequenceNumber: String(at), NewImage } }] : [];
      return { Records, NextShardIterator: String(at + 1) };
    }
    default:
      return operation.includes("event-source-mappings") ? mappings : invoked(operation, input);
  }
}

const pattern = { dynamodb: { NewImage: { delivery: { S: ["stream"] } } } };
const mappings = {
  EventSourceMappings: [{ FilterCriteria: { Filters: [{ Pattern: JSON.stringify(pattern) }] } }],
};

function invoked(path: string, { Records }: Record<string, unknown>): object {
  const name = decodeURIComponent(path).split(":").at(-1)?.split("/")[0] ?? "";
  const given = (Records as { dynamodb: { SequenceNumber: string } }[]).map(
    ({ dynamodb }) => dynamodb.SequenceNumber,
  );
  played.given.push([name, given]);
  const failed = given.filter((at) => played.failing.has(at));
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

const none = { redriven: 0, failed: 0, expired: 0, unreadable: 0 };

describe("redriving", () => {
  it("gives each function the records that it gave up, as its mapping filters them", async () => {
    expect(await redrive(ports)).toEqual({ ...none, redriven: 2 });
    expect(played.given).toEqual([
      ["fanOut", ["2", "4"]],
      ["fanOut", ["5"]],
    ]);
    expect(played.letters.size).toBe(0);
  });

  it("keeps the letter of a function that fails again, for the next run", async () => {
    played.failing.add("4");
    expect(await redrive(ports)).toEqual({ ...none, redriven: 1, failed: 1 });
    expect([...played.letters.keys()]).toEqual(["letter-1"]);
    played.failing.clear();
    expect(await redrive(ports)).toEqual({ ...none, redriven: 1 });
    expect(played.letters.size).toBe(0);
  });

  it("keeps what the stream has forgotten, unless it is told to discard that", async () => {
    played.records.delete(2);
    expect(await redrive(ports)).toEqual({ ...none, redriven: 1, expired: 1 });
    expect([...played.letters.keys()]).toEqual(["letter-1"]);
    expect(await redrive(ports, { discardsExpired: true })).toEqual({ ...none, expired: 1 });
    expect(played.letters.size).toBe(0);
  });

  it("keeps a letter that it cannot read", async () => {
    played = deployment(["hello", letterOf("fanOut", 5, 5)]);
    expect(await redrive(ports)).toEqual({ ...none, redriven: 1, unreadable: 1 });
    expect([...played.letters.values()]).toEqual(["hello"]);
  });

  it("invokes and removes nothing in a dry run", async () => {
    const said: string[] = [];
    const progress = (line: string) => said.push(line);
    expect(await redrive(ports, { isDryRun: true, progress })).toEqual({ ...none, redriven: 2 });
    expect(said).toEqual(["letter-1: 2 records for fanOut", "letter-2: 1 records for fanOut"]);
    expect([played.given, played.letters.size, played.hidden.size]).toEqual([[], 2, 0]);
  });

  it("loses no letter when it is killed between a function's answer and the removal", async () => {
    const killed = { ...ports.queue, remove: () => Promise.reject(new Error("killed")) };
    await expect(redrive({ ...ports, queue: killed })).rejects.toThrow("killed");
    expect(played.letters.size).toBe(2);
    played.hidden.clear(); // an hour later
    expect(await redrive(ports)).toEqual({ ...none, redriven: 2 });
  });
});

describe("npm run redrive", () => {
  it.each([
    [[], "--queue names no queue"],
    [["--queue", "undelivered"], '--queue is no URL: "undelivered"'],
    [["--que", "x"], "Unknown option '--que'"],
  ])("refuses %j in one line", async (args, reason) => {
    const { code, errors } = await runToEnd("redrive.ts", { args });
    expect(errors).toMatch(/^unable to redrive; [^\n]+\n$/);
    expect(errors).toContain(reason);
    expect(code).toBe(1);
  });
});
