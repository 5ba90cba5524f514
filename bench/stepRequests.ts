/**
 * The table requests and posts of a send in a room of two, by the adapters that functions use. It
 * is bundled as functions are, so that what they take is what they take there.
 */
import { apiGatewaySockets } from "../lib/adapters/apigateway/sockets.ts";
import { dynamoClient } from "../lib/adapters/dynamodb/client.ts";
import { dynamoMemberships } from "../lib/adapters/dynamodb/memberships.ts";
import { dynamoMessageLog } from "../lib/adapters/dynamodb/messageLog.ts";
import { dynamoSubscriptions } from "../lib/adapters/dynamodb/subscriptions.ts";
import { limits } from "../lib/protocol/limits.ts";
import type { LogEvent } from "../lib/protocol/serverFrames.ts";
import { encodeFrame } from "../lib/pubsub/post.ts";
import { roomTopic } from "../lib/pubsub/topics.ts";
import {
  localCredentials,
  localRegion,
  type TableNames,
} from "../local/emulator/database/tables.ts";
import type { Emulator } from "./emulator.ts";

/** A room of the running service, with a past, and a user of it with a connection. */
export interface Scene {
  emulator: Emulator;
  room: string;
  user: string;
  connectionId: string;
}

export interface StepRequests {
  /** By what they do. `times`: in one send. */
  requests: Record<string, { times: number; make(): Promise<unknown> }>;
  /** All of them in a send's order, until its posts are taken; how long that took. */
  together(): Promise<number>;
}

export function stepRequests(scene: Scene, tables: TableNames): StepRequests {
  const { emulator, room, user, connectionId } = scene;
  const { log, memberships, subscriptions, sockets } = adapters(emulator.tablesUrl, tables);
  const event = (seq: number): LogEvent => {
    const cid = `step-${seq}`;
    const sentAtMs = Date.now();
    const place = { seq, n: seq, tag: String(seq).padStart(8, "0") };
    return { ...place, kind: "message", from: user, cid, text: "x".repeat(100), sentAtMs };
  };
  const connection = { connectionId, gateway: emulator.managementUrl };
  const frame = encodeFrame({ type: "events", room, events: [event(1)] });
  let seq = 0;
  const findMember = () => memberships.find(user, room);
  const readTail = () => log.tail(room, limits.tailEvents);
  const putEvent = () => {
    seq += 1;
    return log.put(`${room}-steps`, event(seq));
  };
  const listSubscribers = async () => {
    await subscriptions.listSome(roomTopic(room), limits.directConnections);
  };
  const post = async () => {
    const result = await sockets.post(connection, frame, limits.postTimeoutMs);
    if (result !== "delivered") throw new Error(`a post was ${result}`);
  };
  return {
    requests: {
      "GetItem, the member": { times: 1, make: findMember },
      "Query, the room's last 10 events": { times: 1, make: readTail },
      "PutItem, the event": { times: 1, make: putEvent },
      "Query, the subscribers": { times: 2, make: listSubscribers },
      PostToConnection: { times: 2, make: post },
    },
    together: async () => {
      const startedAt = performance.now();
      await Promise.all([findMember().then(listSubscribers), readTail()]);
      await putEvent();
      const arrival = Promise.all([post(), post()]);
      const after = listSubscribers();
      await arrival;
      const togetherMs = performance.now() - startedAt;
      await after;
      return togetherMs;
    },
  };
}

function adapters(tablesUrl: string, { Rooms = "", Connections = "" }: TableNames) {
  const client = dynamoClient({ endpoint: tablesUrl });
  return {
    log: dynamoMessageLog({ client, name: Rooms }),
    memberships: dynamoMemberships({ client, name: Rooms }),
    subscriptions: dynamoSubscriptions({ client, name: Connections }),
    sockets: apiGatewaySockets({
      region: localRegion,
      credentials: async () => localCredentials,
    }),
  };
}
