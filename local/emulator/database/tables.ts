/**
 * Makes the tables of serverless.yml, their only definition. It leaves out the settings that no
 * emulator acts on (backups, deletion protection), and the time to live, which dynalite refuses and
 * DynamoDB Local applies late: readers ignore expired items anyway. A kept table without its stream
 * gets one, and no other change.
 */
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import { parse } from "yaml";

/** Logical ids, as in serverless.yml, to the names of the tables. */
export type TableNames = Record<string, string>;

/** The `resources.Resources` of a service, of which only the tables matter here. */
export type Resources = Record<string, { Type: string; Properties?: unknown }>;

/** The emulators want credentials and do not check them. Set them before making a client. */
export const localCredentials = { accessKeyId: "local", secretAccessKey: "local" };
export const localRegion = "us-east-1";
export const defaultTablePrefix = "parley-";

export function tableNames(resources: Resources, prefix = defaultTablePrefix): TableNames {
  const ids = Object.keys(resources).filter((id) => resources[id]?.Type === "AWS::DynamoDB::Table");
  return Object.fromEntries(ids.map((id) => [id, prefix + id.toLowerCase()]));
}

/**
 * Creates the missing tables, named by the prefix and their logical id, and returns when they can
 * be used. `recreate` names the tables that must start empty.
 */
export async function createTables(
  endpoint: string,
  prefix = defaultTablePrefix,
  { resources = serviceResources(), recreate = [] as string[] } = {},
): Promise<TableNames> {
  const names = tableNames(resources, prefix);
  const client = localClient(endpoint);
  try {
    for (const [id, name] of Object.entries(names)) {
      if (recreate.includes(id)) await deleteTable(client, name);
      await createTable(client, name, resources[id]?.Properties as CreateTableCommandInput);
    }
  } finally {
    client.destroy();
  }
  return names;
}

export function localClient(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({ endpoint, region: localRegion, credentials: localCredentials });
}

/** The resources in serverless.yml, unresolved: intrinsics are read as plain values. */
function serviceResources(): Resources {
  const source = readFileSync(new URL("../../../serverless.yml", import.meta.url), "utf8");
  return parse(source, { merge: true, logLevel: "error" }).resources.Resources;
}

async function createTable(
  client: DynamoDBClient,
  name: string,
  definition: CreateTableCommandInput,
): Promise<void> {
  const { AttributeDefinitions, KeySchema } = definition;
  const { GlobalSecondaryIndexes, LocalSecondaryIndexes, StreamSpecification } = definition;
  // CloudFormation leaves out the flag that the API wants.
  const withStream = StreamSpecification && {
    StreamSpecification: { ...StreamSpecification, StreamEnabled: true },
  };
  await client
    .send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions,
        KeySchema,
        ...(GlobalSecondaryIndexes && { GlobalSecondaryIndexes }),
        ...(LocalSecondaryIndexes && { LocalSecondaryIndexes }),
        ...withStream,
      }),
    )
    .catch(ignore("ResourceInUseException"));
  while ((await describe(client, name))?.TableStatus !== "ACTIVE") await delay(20);
  const hasStream = (await describe(client, name))?.LatestStreamArn !== undefined;
  if (StreamSpecification === undefined || hasStream) return;
  await client.send(new UpdateTableCommand({ TableName: name, ...withStream }));
}

async function deleteTable(client: DynamoDBClient, name: string): Promise<void> {
  await client
    .send(new DeleteTableCommand({ TableName: name }))
    .catch(ignore("ResourceNotFoundException"));
  while ((await describe(client, name)) !== undefined) await delay(20);
}

async function describe(client: DynamoDBClient, name: string) {
  const answer = await client
    .send(new DescribeTableCommand({ TableName: name }))
    .catch(ignore("ResourceNotFoundException"));
  return answer?.Table;
}

function ignore(errorName: string): (error: Error) => undefined {
  return (error) => {
    if (error.name !== errorName) throw error;
  };
}
