/** The fixture on either emulator: what a test asks of it, and what it sees of it. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type AttributeValue, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { GetRecordsCommand, type GetRecordsOutput } from "@aws-sdk/client-dynamodb-streams";
import { type InvocationType, InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { parse } from "yaml";
import { startDatabase } from "../../../local/emulator/database/database.ts";
import {
  createTables,
  localClient,
  localCredentials,
  localRegion,
} from "../../../local/emulator/database/tables.ts";
import {
  type Gateway,
  type GatewayOptions,
  startGateway,
} from "../../../local/emulator/gateway/gateway.ts";
import { deadLetters } from "../../../local/emulator/streams/deadLetters.ts";
import { freePorts, killAll, serverlessOffline } from "../processes.ts";
import { streamOf, trimHorizon } from "./table.ts";

export const folder = fileURLToPath(new URL("fixture/", import.meta.url));

export interface StreamingService {
  lambdaEndpoint: string;
  /** As Invoke knows it. */
  deployedName(functionName: string): string;
  invoke(functionName: string, event?: unknown, type?: InvocationType): Promise<Answer>;
  /** Into the table, as `fanOut` wants it. */
  put(name: string, more?: Record<string, AttributeValue>): Promise<unknown>;
  /** Everything that was delivered, in order, as soon as these names were. */
  delivered(...names: string[]): Promise<string[]>;
  /** What is said of what was given up. */
  complaints(): string;
  stop(): Promise<void>;
}

export interface Answer {
  status: number | undefined;
  functionError: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: what is in it is what is tested
  payload: any;
}

type DatabaseKind = "dynalite" | "local";

/** `serverless offline`, with everything that it starts. */
export async function startOffline(kind: DatabaseKind = "dynalite"): Promise<StreamingService> {
  const port = await freePorts();
  const choice = kind === "local" ? { PARLEY_DYNAMODB: kind } : {};
  const env = { PARLEY_PORT: String(port), SLS_LOG_LEVEL: "error", ...choice };
  const { errors } = await serverlessOffline({ cwd: folder, env });
  return streamingService({
    endpoint: `http://127.0.0.1:${port + 3}`,
    lambdaEndpoint: `http://localhost:${port + 2}`,
    TableName: "parley-rooms",
    stage: "dev",
    complaints: errors,
    stop: killAll,
  });
}

export interface Faithful extends StreamingService, Pick<Gateway, "processes"> {
  failures: { functionName: string; message: string }[];
}

export async function startFaithful(
  kind: DatabaseKind = "dynalite",
  options: Partial<GatewayOptions> = {},
): Promise<Faithful> {
  const database = await startDatabase({ kind });
  const { endpoint } = database;
  const file = readFileSync(`${folder}serverless.yml`, "utf8");
  const { Resources } = parse(file, { logLevel: "error" }).resources;
  const tables = await createTables(endpoint, undefined, { resources: Resources });
  const port = await freePorts();
  const lines: string[] = [];
  const failures: Faithful["failures"] = [];
  const lambdaEndpoint = `http://localhost:${port + 2}`;
  const gateway = await startGateway({
    source: folder,
    ports: { http: port, websocket: port + 1, lambda: port + 2 },
    environment: {
      LAMBDA_ENDPOINT: lambdaEndpoint,
      DELIVER_FUNCTION: "streaming-local-deliver",
      DYNAMODB_ENDPOINT: endpoint,
      ROOMS_TABLE: tables["Rooms"] ?? "",
      AWS_REGION: localRegion,
      AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
    },
    output: "ignore",
    onFailure: (functionName, { message }) => failures.push({ functionName, message }),
    streams: {
      endpoint,
      tables,
      deadLetters: deadLetters((line) => lines.push(line)),
      onEnded: (_, { message }) => lines.push(message),
    },
    ...options,
  });
  const service = await streamingService({
    endpoint,
    lambdaEndpoint,
    TableName: tables["Rooms"] ?? "",
    stage: "local",
    complaints: () => lines.join("\n"),
    stop: async () => {
      await gateway.stop();
      await database.stop();
    },
  });
  return { ...service, failures, processes: gateway.processes };
}

interface Parts extends Pick<StreamingService, "lambdaEndpoint" | "complaints" | "stop"> {
  /** Of the database. */
  endpoint: string;
  TableName: string;
  stage: string;
}

async function streamingService(parts: Parts): Promise<StreamingService> {
  const { endpoint, lambdaEndpoint, TableName, stage, complaints } = parts;
  const client = localClient(endpoint);
  const { streams, iterator } = await streamOf(endpoint, client, TableName);
  const lambda = new LambdaClient({
    endpoint: lambdaEndpoint,
    region: localRegion,
    credentials: localCredentials,
    maxAttempts: 1,
  });
  const deployedName = (functionName: string) => `streaming-${stage}-${functionName}`;
  return {
    lambdaEndpoint,
    deployedName,
    complaints,
    async invoke(functionName, event, type) {
      const { StatusCode, FunctionError, Payload } = await lambda.send(
        new InvokeCommand({
          FunctionName: deployedName(functionName),
          ...(event !== undefined && { Payload: JSON.stringify(event) }),
          ...(type && { InvocationType: type }),
        }),
      );
      const text = Payload?.transformToString() || "null";
      return { status: StatusCode, functionError: FunctionError, payload: JSON.parse(text) };
    },
    put(name, more = {}) {
      const Item = { pk: { S: "a" }, sk: { S: name }, delivery: { S: "stream" }, ...more };
      return client.send(new PutItemCommand({ TableName, Item }));
    },
    async delivered(...names) {
      const all: string[] = [];
      let ShardIterator: string | undefined = await iterator(trimHorizon);
      while (!names.every((name) => all.includes(name))) {
        const answer: GetRecordsOutput = await streams.send(
          new GetRecordsCommand({ ShardIterator }),
        );
        for (const { dynamodb } of answer.Records ?? []) {
          if (dynamodb?.Keys?.["pk"]?.S === "delivered") all.push(dynamodb.Keys["sk"]?.S ?? "");
        }
        ShardIterator = answer.NextShardIterator;
      }
      return all;
    },
    async stop() {
      client.destroy();
      streams.destroy();
      lambda.destroy();
      await parts.stop();
    },
  };
}
