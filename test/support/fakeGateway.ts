/**
 * A gateway that answers posts as a test likes, and connections that are only rows in the table:
 * what a service meets when somebody else's gateway is in trouble, or when nobody told it that a
 * connection is gone.
 */
import { randomBytes } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { dynamoNewConnections } from "../../lib/adapters/dynamodb/connections.ts";
import { dynamoNewSubscriptions } from "../../lib/adapters/dynamodb/subscriptions.ts";
import type { ServerFrame } from "../../lib/protocol/serverFrames.ts";
import { roomTopic, userTopic } from "../../lib/pubsub/topics.ts";
import { defaultTablePrefix, localClient } from "../../local/emulator/database/tables.ts";
import { fresh, shared } from "./endpoints.ts";
import { putAll } from "./putAll.ts";

interface FakeGateway {
  url: string;
  /** How many posts are waiting for an answer now. */
  readonly waiting: number;
  /** Resolves when there was one. */
  posted: Promise<void>;
  /** Answer all posts that wait, and all that come. */
  release(status: number): void;
  /** Answer nobody from now on. */
  hold(): void;
  /** What was posted to each connection, in order. */
  readonly frames: ReadonlyMap<string, ServerFrame[]>;
  /** Resolves when `isSo` holds of the frames. */
  until(isSo: (frames: FakeGateway["frames"]) => boolean): Promise<void>;
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
  const frames = new Map<string, ServerFrame[]>();
  const changed = new EventEmitter();
  const server = createServer(async (request, response) => {
    const connectionId = decodeURIComponent(request.url?.split("/").at(-1) ?? "");
    const body = await text(request);
    if (request.method === "POST") {
      const earlier = frames.get(connectionId) ?? [];
      frames.set(connectionId, [...earlier, JSON.parse(body) as ServerFrame]);
    }
    if (status === undefined) held.push(response);
    else answer(response, status);
    firstPost();
    changed.emit("post");
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
    frames,
    async until(isSo) {
      while (!isSo(frames)) await once(changed, "post");
    },
    hold() {
      status = undefined;
    },
    release(code) {
      status = code;
      for (const response of held.splice(0)) answer(response, code);
    },
  };
}

/** A connection of a new user that hears a room, as far as the table knows. */
export async function ghostIn(room: string, gateway: string, ageMs = 60_000): Promise<string> {
  const [user = ""] = await ghostsIn(room, gateway, 1, ageMs);
  return user;
}

/** Many connections, each of a new user, that hear a room, or another topic; the users. */
export async function ghostsIn(
  room: string,
  gateway: string,
  count: number,
  ageMs = 60_000,
  topic = roomTopic(room),
): Promise<string[]> {
  const client = localClient(shared().databaseUrl);
  const nowMs = Date.now();
  const users = Array.from({ length: count }, () => fresh("ghost"));
  await putAll({ client, name: `${defaultTablePrefix}connections` }, async (table) => {
    for (const user of users) {
      const connection = {
        // In a gateway's form: a gateway answers 400, not 410, to anything that cannot be an id.
        connectionId: `${randomBytes(11).toString("base64url")}=`,
        gateway,
        user,
        connectedAtMs: nowMs - ageMs,
        expiresAtMs: nowMs + 3_600_000,
      };
      const topics = [userTopic(user), topic];
      await dynamoNewConnections(table).add(connection, topics);
      for (const each of topics) {
        await dynamoNewSubscriptions(table).put({ ...connection, topic: each, shard: 0 });
      }
    }
  });
  client.destroy();
  return users;
}
