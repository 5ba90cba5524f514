/**
 * Adds streams to dynalite, which has none. All its actions write in one way: first the indexes,
 * with the old and the new item, then the item itself, before anything else happens to that key.
 * Both steps are watched here, below HTTP, so a record is exactly what was stored, and a failed
 * write has none. Streams live in memory: after a restart they are empty, even if the tables are on
 * disk, and unread records are lost.
 */
import type { Server } from "node:http";
import { createRequire } from "node:module";
import { isDeepStrictEqual } from "node:util";
import { type ChangeLog, type ChangeRecord, changeLog, sequenceNumber } from "./changeLog.ts";
import { type Streams, streamsApi, type Table } from "./streamsApi.ts";

export type Item = Record<string, Record<string, unknown>>;

type Done = (error?: unknown, answer?: unknown) => void;

interface ItemStore {
  get(key: string, done: (error: unknown, value: unknown) => void): void;
  put(key: string, value: unknown, done: Done): void;
  del(key: string, done: Done): void;
}

interface Store {
  tableDb: ItemStore;
  getItemDb(name: string): ItemStore;
  getTable(name: string, checkStatus: boolean, done: (error: unknown, table: Table) => void): void;
}

const require = createRequire(import.meta.url);
const db = require("dynalite/db");
const region = "us-east-1";

/** Call it once in a thread: it changes dynalite's own modules. */
export function dynaliteWithStreams(options: Record<string, unknown>): Server {
  const logs = new Map<string, ChangeLog>();
  const logOf = (streamArn: string) => {
    const log = logs.get(streamArn) ?? changeLog();
    logs.set(streamArn, log);
    return log;
  };
  let store: Store | undefined;
  const { create } = db;
  db.create = (...wanted: unknown[]) => {
    const created: Store = create(...wanted);
    describeStreams(created, (streamArn) => logs.delete(streamArn));
    watchItems(created, (change) => {
      const { LatestStreamArn } = change.table;
      if (LatestStreamArn) logOf(LatestStreamArn).append((place) => recordOf(change, place));
    });
    store = created;
    return created;
  };
  acceptStreamSpecifications();
  const server: Server = require("dynalite")(options);
  db.create = create;
  if (store === undefined) throw new Error("dynalite made no store");
  const answer = streamsApi(streamsIn(store, logOf));
  const [answerOthers] = server.listeners("request");
  server.removeAllListeners("request").on("request", (request, response) => {
    const target = String(request.headers["x-amz-target"]);
    if (target.startsWith("DynamoDBStreams_")) void answer(request, response);
    else answerOthers?.(request, response);
  });
  return server;
}

interface Change {
  table: Table;
  oldItem?: Item;
  newItem?: Item;
}

function watchItems(store: Store, onChange: (change: Change) => void): void {
  // Set while an action goes from the indexes to the item, which happens synchronously.
  let current: Change | undefined;
  const { updateIndexes } = db;
  db.updateIndexes = (_: Store, table: Table, oldItem: Item, newItem: Item, done: Done) =>
    updateIndexes(store, table, oldItem, newItem, (error: unknown) => {
      current = { table, ...(oldItem && { oldItem }), ...(newItem && { newItem }) };
      done(error);
      current = undefined;
    });
  const announcing = (done: Done): Done => {
    const change = current;
    return (error, answer) => {
      if (!error && change && isChanged(change)) onChange(change);
      done(error, answer);
    };
  };
  const watched = new WeakSet<ItemStore>();
  const { getItemDb } = store;
  store.getItemDb = (name) => {
    const items = getItemDb(name);
    if (watched.has(items)) return items;
    watched.add(items);
    const { put, del } = items;
    items.put = (key, item, done) => put(key, item, announcing(done));
    items.del = (key, done) => del(key, announcing(done));
    return items;
  };
}

/** No record for a write that changes nothing, or that removes nothing. */
function isChanged({ table, oldItem, newItem }: Change): boolean {
  if (!table.StreamSpecification?.StreamEnabled) return false;
  if (!oldItem || !newItem) return Boolean(oldItem ?? newItem);
  // In their stored form: some of dynalite's objects have no prototype.
  const plain = (item: Item) => JSON.parse(JSON.stringify(item));
  return !isDeepStrictEqual(plain(oldItem), plain(newItem));
}

function recordOf({ table, oldItem, newItem }: Change, place: number): ChangeRecord {
  const view = table.StreamSpecification?.StreamViewType ?? "NEW_AND_OLD_IMAGES";
  const item = newItem ?? oldItem ?? {};
  const Keys = Object.fromEntries(
    table.KeySchema.map(({ AttributeName }) => [AttributeName, item[AttributeName]]),
  );
  const newImage = /NEW/.test(view) ? newItem : undefined;
  const oldImage = /OLD/.test(view) ? oldItem : undefined;
  const sizes = [Keys, newImage, oldImage].map((part) => (part ? db.itemSize(part) : 0));
  const SequenceNumber = sequenceNumber(place);
  return {
    eventID: `${table.LatestStreamLabel}-${SequenceNumber}`,
    eventName: oldItem ? (newItem ? "MODIFY" : "REMOVE") : "INSERT",
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: region,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(Date.now() / 1000),
      Keys,
      ...(newImage && { NewImage: newImage }),
      ...(oldImage && { OldImage: oldImage }),
      SequenceNumber,
      SizeBytes: sizes.reduce((sum, size) => sum + size, 0),
      StreamViewType: view,
    },
  };
}

/** A stream's name is part of its table's description, which is kept, and goes with the table. */
function describeStreams({ tableDb }: Store, onEnded: (streamArn: string) => void): void {
  const { get, put, del } = tableDb;
  tableDb.put = (key, value, done) => {
    const table = value as Table;
    if (table.StreamSpecification?.StreamEnabled && table.LatestStreamArn === undefined) {
      table.LatestStreamLabel = new Date().toISOString().slice(0, -1);
      table.LatestStreamArn = `${table.TableArn}/stream/${table.LatestStreamLabel}`;
    }
    put(key, table, done);
  };
  tableDb.del = (key, done) =>
    get(key, (_, value) => {
      const streamArn = (value as Table | undefined)?.LatestStreamArn;
      if (streamArn) onEnded(streamArn);
      del(key, done);
    });
}

/** CreateTable and UpdateTable drop unknown settings before they validate. */
function acceptStreamSpecifications(): void {
  const StreamSpecification = {
    type: "FieldStruct<StreamSpecification>",
    children: {
      StreamEnabled: { type: "Boolean", notNull: true },
      StreamViewType: {
        type: "String",
        enum: ["NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"],
      },
    },
  };
  require("dynalite/validations/createTable").types.StreamSpecification = StreamSpecification;
  const update = require("dynalite/validations/updateTable");
  update.types.StreamSpecification = StreamSpecification;
  const { custom } = update;
  update.custom = (data: Table) => (data.StreamSpecification ? undefined : custom(data));

  const path = require.resolve("dynalite/actions/updateTable");
  const updateTable = require(path);
  const changeStream = (store: Store, { TableName, StreamSpecification }: Table, done: Done) =>
    store.getTable(TableName, false, (error, table) => {
      if (error) return done(error);
      const { LatestStreamArn: _, LatestStreamLabel: __, ...rest } = table;
      const changed = { ...rest, ...(StreamSpecification && { StreamSpecification }) };
      if (!StreamSpecification?.StreamEnabled) delete changed.StreamSpecification;
      store.tableDb.put(TableName, changed, (failed) =>
        done(failed, { TableDescription: changed }),
      );
    });
  const cached = require.cache[path];
  if (cached === undefined) throw new Error("dynalite's actions are not where they were");
  cached.exports = (store: Store, data: Table, done: Done) =>
    (data.StreamSpecification ? changeStream : updateTable)(store, data, done);
}

function streamsIn(store: Store, logOf: (streamArn: string) => ChangeLog): Streams {
  const tableNamed = (name: string) =>
    new Promise<Table | undefined>((resolve) => {
      store.getTable(name, false, (error, table) => resolve(error ? undefined : table));
    });
  return {
    async find(streamArn) {
      const name = /:table\/([^/]+)\/stream\//.exec(streamArn)?.[1] ?? "";
      const table = await tableNamed(name);
      if (table?.LatestStreamArn !== streamArn) return undefined;
      return { table, log: logOf(streamArn) };
    },
    async tables() {
      const names = await new Promise<string[]>((resolve, reject) => {
        const listTables = require("dynalite/actions/listTables");
        listTables(store, {}, (error: unknown, answer: { TableNames: string[] }) =>
          error ? reject(error) : resolve(answer.TableNames),
        );
      });
      const tables = await Promise.all(names.map(tableNamed));
      return tables.flatMap((table) => (table?.LatestStreamArn ? table : []));
    },
  };
}
