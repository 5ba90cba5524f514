/**
 * A mapping on a real stream, whose function is played by the test: it sees each batch, and says
 * what becomes of it.
 */
import { type AttributeValue, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { eventSources } from "../../../local/emulator/streams/eventSource.ts";
import { startMappings } from "../../../local/emulator/streams/eventSourceMapping.ts";
import type { GivenUp, Invoked, StreamRecord } from "../../../local/emulator/streams/lane.ts";
import { type Inbox, inbox } from "../../support/inbox.ts";
import { createTable, streamOf, trimHorizon } from "./table.ts";

export interface Mapped {
  /** Items are named by their sort key. */
  put(name: string, room?: string, more?: Record<string, AttributeValue>): Promise<unknown>;
  /** The function's next batch. */
  next(): Promise<Batch>;
  nextGivenUp(): Promise<GivenUp>;
  /** Everything that was written has been read, and is in its lane. */
  settled(): Promise<void>;
  /** Writes "first", and the rest while the function has that: so they wait together behind it. */
  writeBehind(names: string[]): Promise<Batch>;
  /** The names in each batch so far. */
  handed(): string[];
  givenUp: Inbox<GivenUp>;
  /** Records that came from the stream so far. */
  readCount(): number;
  /** Resolves when that many are in the stream, whether the mapping has read them or not. */
  stored(count: number): Promise<unknown>;
  stop(): Promise<void>;
}

export interface Batch {
  functionName: string;
  records: StreamRecord[];
  names: string[];
  answer(invoked: Invoked): void;
}

export const ok: Invoked = { returned: null };
export const failed: Invoked = { failed: { name: "Error", message: "on purpose" } };

/** A function that throws as long as one of these is in its batch. */
export const throwing =
  (...names: string[]) =>
  (batch: Batch): Invoked =>
    batch.names.some((name) => names.includes(name)) ? failed : ok;

/** A function that reports these. */
export const reporting =
  (...names: string[]) =>
  (batch: Batch): Invoked => {
    const items = batch.records.filter((_, i) => names.includes(batch.names[i] ?? ""));
    const batchItemFailures = items.map(({ dynamodb }) => ({
      itemIdentifier: dynamodb.SequenceNumber,
    }));
    return { returned: { batchItemFailures } };
  };

/** `answer`: the function answers by itself. `before` is written before the mapping starts. */
export type MappedOptions = [
  settings: object,
  answer?: ((batch: Batch) => Invoked) | undefined,
  before?: string[],
  recordsInHandMax?: number,
];

export async function startMapped(
  endpoint: string,
  ...[settings, answer, before = [], recordsInHandMax = 1000]: MappedOptions
): Promise<Mapped> {
  const { client, TableName } = await createTable(endpoint, "NEW_IMAGE");
  const batches = inbox<Batch>();
  const givenUp = inbox<GivenUp>();
  const read = inbox<unknown>();
  let written = 0;
  const put: Mapped["put"] = (name, room = "a", more = {}) => {
    const Item = { pk: { S: room }, sk: { S: name }, ...more };
    written += 1;
    return client.send(new PutItemCommand({ TableName, Item }));
  };
  for (const name of before) await put(name);
  written = 0;
  const stream = { type: "dynamodb", arn: "Table.StreamArn", ...settings };
  const sources = eventSources([["work", { events: [{ stream }] }]]).map((source) => ({
    ...source,
    filter: (record: unknown) => {
      read.put(record);
      return source.filter(record);
    },
  }));
  const mappings = await startMappings(sources, {
    endpoint,
    tables: { Table: TableName },
    retryDelayMs: 1,
    recordsInHandMax,
    invoke: (functionName, { Records: records }) =>
      new Promise((resolve) => {
        const names = records.map(({ dynamodb }) => String(Object(dynamodb.Keys["sk"]).S));
        const batch = { functionName, records, names, answer: resolve };
        batches.put(batch);
        if (answer) resolve(answer(batch));
      }),
    onGivenUp: (_, what) => givenUp.put(what),
    onEnded: (_, error) => batches.end(error),
  });

  const next = () => batches.next("a batch", (batch): batch is Batch => batch !== undefined);
  const settled = async () => {
    while (read.all.length < written) {
      await read.next("a record", (record): record is unknown => record !== undefined);
    }
    await new Promise(setImmediate);
  };
  return {
    put,
    next,
    settled,
    givenUp,
    readCount: () => read.all.length,
    stored: async (count) => (await streamOf(endpoint, client, TableName)).read(trimHorizon, count),
    nextGivenUp: () => givenUp.next("what is given up", (each): each is GivenUp => !!each),
    handed: () => batches.all.map(({ names }) => names.join(" ")),
    async writeBehind(names) {
      await put("first");
      const first = await next();
      for (const name of names) await put(name);
      await settled();
      return first;
    },
    stop: mappings.stop,
  };
}
