/**
 * A gateway that answers posts as a test likes, and connections that are only rows in the table:
 * what a service meets when somebody else's gateway is in trouble, or when nobody told it that a
 * connection is gone.
 */
import { randomBytes } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { dynamoNewConnections } from "../../lib/adapters/dynamodb/connections.ts";
import { dynamoNewSubscriptions } from "../../lib/adapters/dynamodb/subscriptions.ts";
import { roomTopic, userTopic } from "../../lib/domain/topics.ts";
import { defaultTablePrefix, localClient } from "../../local/tables.ts";
import { fresh, shared } from "./endpoints.ts";

export interface FakeGateway {
  url: string;
  /** How many posts are waiting for an answer now. */
  readonly waiting: number;
  /** Resolves when there was one. */
  posted: Promise<void>;
  /** Answer whoever is waiting, and whoever comes. */
  release(status: number): void;
}

/** Answers nothing until it is released. It ends with the running test. */
export async function fakeGateway(): Promise<FakeGateway> {
  const held: ServerResponse[] = [];
  let status: number | undefined;
  let firstPost = () => {};
  const posted = new Promise<void>((resolve) => {
    firstPost = resolve;
  });
  const answer = (response: ServerResponse, code: number) => response.writeHead(code).end();
  const server = createServer((request, response) => {
    request.resume();
    if (status === undefined) held.push(response);
    else answer(response, status);
    firstPost();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get waiting() {
      return held.filter((response) => !response.destroyed).length;
    },
    posted,
    release(code) {
      status = code;
      for (const response of held.splice(0)) answer(response, code);
    },
  };
}

/** A connection of a new user that hears a room, as far as the table knows. */
export async function ghostIn(room: string, gateway: string, ageMs = 60_000): Promise<string> {
  const user = fresh("ghost");
  const nowMs = Date.now();
  const connection = {
    // Of a gateway's form: what cannot be an id is refused with 400, and not gone.
    connectionId: `${randomBytes(11).toString("base64url")}=`,
    gateway,
    user,
    connectedAtMs: nowMs - ageMs,
    expiresAtMs: nowMs + 3_600_000,
  };
  const client = localClient(shared().databaseUrl);
  const table = { client, name: `${defaultTablePrefix}connections` };
  const topics = [userTopic(user), roomTopic(room)];
  await dynamoNewConnections(table).add(connection, topics);
  const subscriptions = dynamoNewSubscriptions(table);
  for (const topic of topics) await subscriptions.put({ ...connection, topic, shard: 0 });
  client.destroy();
  return user;
}
