/**
 * What a step of the story works with, and what makes it over: its clients have left, all functions
 * have ended, and every connection's `$disconnect` has run. Only then is what a function was
 * refused meanwhile this step's, and not the next one's.
 */
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { BatchWriteItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { dynamoConnections } from "../../lib/adapters/dynamodb/connections.ts";
import { dynamoExpiry } from "../../lib/adapters/dynamodb/expiry.ts";
import { subscriptionKey, toItem } from "../../lib/adapters/dynamodb/items.ts";
import { dynamoMessageLog } from "../../lib/adapters/dynamodb/messageLog.ts";
import { dynamoSpending } from "../../lib/adapters/dynamodb/spending.ts";
import { dynamoSubscriptions } from "../../lib/adapters/dynamodb/subscriptions.ts";
import type { Connection } from "../../lib/model.ts";
import { defaultTablePrefix, localClient } from "../../local/emulator/database/tables.ts";
import { type Client, open } from "../support/client.ts";
import { fresh } from "../support/endpoints.ts";
import { hangMs } from "../support/hang.ts";
import type { RunningPackage } from "./running.ts";

export interface Step {
  title: string;
  act(scene: Scene): Promise<void>;
}

export interface Scene {
  at: RunningPackage;
  /** A new user's connection, or another one of a user who is there. */
  come(who: string | { user: string }): Promise<Client>;
  /** A new user's connection, joined to a room. */
  join(name: string, room: string): Promise<Client>;
  /** Act until something has happened, as often as it takes: what is not stored may get lost. */
  until<T>(happens: Promise<T>, act: () => Promise<unknown>): Promise<T>;
  /** Look until it is so. */
  untilSo(isSo: () => Promise<boolean>): Promise<void>;
  /** Let what a connection hears have expired; its socket stays. */
  expire(client: Client, topic: string): Promise<void>;
  /** A connection on this gateway that its gateway no longer knows; its id. */
  ghost(topic: string): Promise<string>;
  /** So many more connections that hear a topic, on a gateway that takes every post. */
  crowd(topic: string, count: number): Promise<void>;
  isForgotten(connectionId: string): Promise<boolean>;
  /** Resolves when a client was told that its token has expired, and then cut off. */
  isCutOff(client: Client): Promise<void>;
  /** Let the next request start a new instance of a function, which remembers nothing. */
  restart(functionName: string): Promise<void>;
  tables: Tables;
}

export interface Tables {
  connections: ReturnType<typeof dynamoConnections>;
  subscriptions: ReturnType<typeof dynamoSubscriptions>;
  log: ReturnType<typeof dynamoMessageLog>;
  expiry: ReturnType<typeof dynamoExpiry>;
  spending: ReturnType<typeof dynamoSpending>;
  rooms: { client: DynamoDBClient; name: string };
}

/** The name that the gateway gave a client's connection. */
export async function idOf({ request }: Client): Promise<string> {
  return String((await request("welcome", { action: "hello" })).connectionId);
}

const pollMs = 10;
/** Written by one request (AWS). */
const batchItems = 25;

/** Sockets that were opened in each run: each is owed a `$disconnect`. */
const opened = new WeakMap<RunningPackage, number>();

/** @throws whatever the step found wrong, or what a function complained of, whichever is sooner */
export async function perform(
  { act }: Step,
  at: RunningPackage,
  complained: Promise<never>,
  patienceMs = hangMs,
): Promise<void> {
  const leaving = new AbortController();
  const clients: Client[] = [];
  const client = localClient(at.databaseUrl);
  const acting = act(sceneOf(at, client, clients, leaving.signal));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("waited in vain")), patienceMs);
  });
  try {
    await Promise.race([acting, complained, late]);
  } finally {
    clearTimeout(timer);
    leaving.abort(new Error("the step is over"));
    for (const each of clients) each.terminate();
    await acting.catch(() => {});
    await isQuiet(at);
    client.destroy();
  }
}

async function isQuiet(at: RunningPackage): Promise<void> {
  const isBusy = () => at.processes().some((process) => process.isBusy);
  while (at.invocations("disconnect") < (opened.get(at) ?? 0) || isBusy()) await delay(pollMs);
}

function sceneOf(
  at: RunningPackage,
  client: DynamoDBClient,
  clients: Client[],
  signal: AbortSignal,
): Scene {
  const tables = tablesOf(client);
  const connectionOf = (connectionId: string, user: string): Connection => ({
    connectionId,
    user,
    gateway: at.managementUrl,
    // Long ago: what is gone from its gateway is not one whose handshake is not over.
    connectedAtMs: Date.now() - 60_000,
    expiresAtMs: Date.now() + 3_600_000,
  });
  const scene: Scene = {
    at,
    tables,
    async come(who) {
      const user = typeof who === "string" ? fresh(who) : who.user;
      const come = await open(user, { at });
      opened.set(at, (opened.get(at) ?? 0) + 1);
      clients.push(come);
      // A step that is over ends here, and its last connection with it.
      if (signal.aborted) come.terminate();
      signal.throwIfAborted();
      return come;
    },
    async join(name, room) {
      const joined = await scene.come(name);
      await joined.request("joined", { action: "join", room });
      return joined;
    },
    async until(happens, again) {
      let isOver = false;
      const over = happens.finally(() => {
        isOver = true;
      });
      over.catch(() => {});
      while (!isOver) {
        signal.throwIfAborted();
        await again();
      }
      return over;
    },
    async untilSo(isSo) {
      while (!(await isSo())) {
        signal.throwIfAborted();
        await delay(pollMs);
      }
    },
    async expire(client, topic) {
      const connectionId = await idOf(client);
      const connection = { ...connectionOf(connectionId, client.user), expiresAtMs: 1_000 };
      await tables.subscriptions.put({ ...connection, topic, shard: 0 });
    },
    async ghost(topic) {
      const connection = connectionOf(newId(), fresh("ghost"));
      await tables.connections.add(connection, [topic]);
      await tables.subscriptions.put({ ...connection, topic, shard: 0 });
      return connection.connectionId;
    },
    async crowd(topic, count) {
      const server = createServer((request, response) => {
        request.resume().on("end", () => response.end());
      });
      signal.addEventListener("abort", () => server.close().closeAllConnections());
      await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
      const gateway = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const { user, connectedAtMs, expiresAtMs } = connectionOf("", fresh("crowd"));
      const attributes = {
        user,
        gateway,
        connectedAtMs,
        expiresAt: Math.ceil(expiresAtMs / 1_000),
      };
      const RequestItems = (ids: string[]) => ({
        [`${defaultTablePrefix}connections`]: ids.map((connectionId) => ({
          PutRequest: {
            Item: toItem(subscriptionKey({ topic, shard: 0, connectionId }), attributes),
          },
        })),
      });
      const ids = Array.from({ length: count }, newId);
      while (ids.length > 0) {
        const batch = RequestItems(ids.splice(0, batchItems));
        await client.send(new BatchWriteItemCommand({ RequestItems: batch }));
      }
    },
    isForgotten: async (id) => (await tables.connections.find(id)) === undefined,
    async isCutOff(cut) {
      await cut.next("disconnect");
      // The function that told it so has ended: a socket which still answers was not closed.
      await scene.untilSo(async () => !at.processes().some(({ isBusy }) => isBusy));
      const isOpen = await cut.settled().then(
        () => true,
        () => false,
      );
      if (isOpen) throw new Error(`${cut.user} was not cut off`);
    },
    async restart(functionName) {
      const pids = at.processes().filter((each) => each.functionName === functionName);
      for (const { pid } of pids) process.kill(pid, "SIGKILL");
      const isOld = ({ pid }: { pid: number }) => pids.some((old) => old.pid === pid);
      await scene.untilSo(async () => !at.processes().some(isOld));
    },
  };
  return scene;
}

/** Of a gateway's form. */
const newId = (): string => `${randomBytes(11).toString("base64url")}=`;

function tablesOf(client: DynamoDBClient): Tables {
  const table = (name: string) => ({ client, name: defaultTablePrefix + name });
  return {
    connections: dynamoConnections(table("connections")),
    subscriptions: dynamoSubscriptions(table("connections")),
    log: dynamoMessageLog(table("rooms")),
    expiry: dynamoExpiry(table("rooms")),
    spending: dynamoSpending(table("connections")),
    rooms: table("rooms"),
  };
}
