/**
 * What a send in a room of two is made of: the same table requests and posts, by the same adapters,
 * against the running emulator, but made from here, with no handler around them. What they leave of
 * a send's time is the emulator's own and ours.
 *
 * The CPU that a request takes in this process is the SDK's and Node's: making, signing, writing
 * and reading. The rest of its time is waiting for the other side.
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
import { createTables, localCredentials, localRegion } from "../local/emulator/database/tables.ts";
import type { Emulator } from "./emulator.ts";
import type { Row } from "./outcome.ts";
import { mediansInTurns, timeOf } from "./sample.ts";

/** A room of the running service, with a past, and a user of it with a connection. */
export interface Scene {
  emulator: Emulator;
  room: string;
  user: string;
  connectionId: string;
}

/** Medians, all of them taken in turns with each other. */
export interface Steps {
  /** One for each kind of request. */
  rows: Row[];
  /** From a real send to its arrival. */
  arrivalMs: number;
  /** All requests until the posts of a send are taken: reads, put and subscribers, posts. */
  togetherMs: number;
}

/** `arrival` returns how long a real send took. */
export async function measureSteps(
  scene: Scene,
  rounds: number,
  arrival: () => Promise<number>,
): Promise<Steps> {
  const { requests, together } = await requestsOf(scene);
  const names = Object.keys(requests);
  const cpuOf = (name: string) => `CPU of ${name}`;
  const medianOf = await mediansInTurns(
    {
      arrival,
      together,
      ...Object.fromEntries(
        Object.entries(requests).flatMap(([name, { make }]) => [
          [name, () => timeOf(make)],
          [cpuOf(name), () => cpuTimeOf(make)],
        ]),
      ),
    },
    rounds,
  );
  const arrivalMs = medianOf("arrival");
  const rows = names.map((name) => ({
    request: name,
    "times in a send": requests[name]?.times ?? 0,
    ms: medianOf(name),
    "CPU, ms": medianOf(cpuOf(name)),
    "÷ arrival": medianOf(name) / arrivalMs,
  }));
  return { rows, arrivalMs, togetherMs: medianOf("together") };
}

async function requestsOf({ emulator, room, user, connectionId }: Scene) {
  const { log, memberships, subscriptions, sockets } = await adapters(emulator);
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
    } as Record<string, { times: number; make: () => Promise<unknown> }>,
    together: async () => {
      const startedAt = performance.now();
      await Promise.all([findMember(), readTail()]);
      await Promise.all([listSubscribers(), putEvent()]);
      const arrival = Promise.all([post(), post()]);
      const after = listSubscribers();
      await arrival;
      const togetherMs = performance.now() - startedAt;
      await after;
      return togetherMs;
    },
  };
}

async function adapters({ tablesUrl }: Emulator) {
  Object.assign(process.env, {
    AWS_REGION: localRegion,
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
  });
  const { Rooms = "", Connections = "" } = await createTables(tablesUrl);
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

/** Milliseconds that this process was busy. */
async function cpuTimeOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
