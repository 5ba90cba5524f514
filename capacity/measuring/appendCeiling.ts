/**
 * One room's ceiling, twice. In virtual time, on the adapters in memory, contention alone decides,
 * and the same comes out on every machine: that is what the model uses. On an emulator it is all
 * real but the network, whose milliseconds are added to each table request (on loopback there would
 * be nothing to race); there the machine is usually what gives way first.
 */
import { setTimeout as delay } from "node:timers/promises";
import { dynamoClient } from "../../lib/adapters/dynamodb/client.ts";
import { dynamoMemberships } from "../../lib/adapters/dynamodb/memberships.ts";
import { dynamoMessageLog } from "../../lib/adapters/dynamodb/messageLog.ts";
import { mapInFlight } from "../../lib/concurrency.ts";
import type { MessageLog, Ports } from "../../lib/ports.ts";
import {
  createTables,
  localCredentials,
  localRegion,
} from "../../local/emulator/database/tables.ts";
import { memoryMemberships } from "../../test/support/memory/memberships.ts";
import { memoryMessageLog } from "../../test/support/memory/messageLog.ts";
import { latencies } from "../habits.ts";
import type { AppendStep } from "../measured.ts";
import { appendSteps, type Load, type Scene } from "./appendSteps.ts";
import { virtualTime } from "./virtualTime.ts";

const { tableMs } = latencies;
const virtualLoad: Load = {
  offersPerSecond: [25, 50, 75, 100, 125, 150, 175, 200, 250],
  forMs: 5_000,
};
const emulatorLoad: Load = { offersPerSecond: [10, 25, 50, 100, 150, 200, 300], forMs: 2_500 };

/** As DynamoDB answers: what is in the way of a put comes back with the refusal. */
export async function countAppends(): Promise<AppendStep[]> {
  const time = virtualTime();
  const counts = { requests: 0, puts: 0 };
  const slow = <T>(work: () => Promise<T>): Promise<T> => {
    counts.requests += 1;
    return time.pass(tableMs, work);
  };
  const log = memoryMessageLog();
  const memberships = memoryMemberships();
  const slowLog: Partial<MessageLog> = {
    tail: (room, limit) => slow(() => log.tail(room, limit)),
    put: (room, event) => {
      counts.puts += 1;
      return slow(() => log.put(room, event));
    },
  };
  const slowMemberships = {
    ...memberships,
    find: (user: string, room: string) => slow(() => memberships.find(user, room)),
  };
  const nowMs = () => 1_800_000_000_000 + time.nowMs();
  const ports = { log: slowLog, memberships: slowMemberships, ...around(nowMs) };
  return appendSteps(virtualLoad, {
    ports: ports as unknown as Ports,
    counts,
    nowMs,
    until: (atMs) => time.pass(atMs - nowMs(), async () => {}),
    random: seeded(),
    prepare: (room, users) => prepare(room, users, { log, memberships }),
  });
}

interface Ceiling {
  steps: AppendStep[];
  /** Of this process, while the room kept up. */
  cpuMsPerTableRequest: number;
}

/** In the database at `endpoint`, through the client that the service has. */
export async function measureAppends(endpoint: string): Promise<Ceiling> {
  Object.assign(process.env, {
    AWS_REGION: localRegion,
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
  });
  const { Rooms: name = "" } = await createTables(endpoint, "append-");
  const client = dynamoClient({ endpoint });
  const counts = { requests: 0, puts: 0 };
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        counts.requests += 1;
        if (commandName === "PutItemCommand") counts.puts += 1;
        await delay(tableMs);
        return next(args);
      },
    { step: "initialize", name: "latency" },
  );
  const stored = {
    log: dynamoMessageLog({ client, name }),
    memberships: dynamoMemberships({ client, name }),
  };
  const nowMs = () => Date.now();
  const scene: Scene = {
    ports: { ...stored, ...around(nowMs) } as unknown as Ports,
    counts,
    nowMs: () => performance.now(),
    until: (atMs) => delay(Math.max(0, atMs - performance.now())),
    random: Math.random,
    prepare: (room, users) => prepare(room, users, stored),
  };
  try {
    // The first requests open sockets, and are compiled.
    await appendSteps({ offersPerSecond: [50], forMs: 1_000 }, scene);
    const before = { cpu: process.cpuUsage(), requests: counts.requests };
    const steps = await appendSteps(emulatorLoad, scene);
    const { user, system } = process.cpuUsage(before.cpu);
    const requests = counts.requests - before.requests;
    return { steps, cpuMsPerTableRequest: (user + system) / 1_000 / requests };
  } finally {
    client.destroy();
  }
}

const around = (nowMs: () => number) => {
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `id-${ids}`;
  };
  const newTag = () => String(ids).padStart(8, "0");
  return { clock: { nowMs, wait: async () => {} }, newId, newTag, random: () => 0.5, measure() {} };
};

async function prepare(
  room: string,
  users: readonly string[],
  { log, memberships }: Pick<Ports, "log" | "memberships">,
): Promise<void> {
  await log.setDelivery(room, "stream");
  const joined = { room, joinedAtMs: 0, readSeq: 0, readN: 0 };
  await mapInFlight(users, 16, (user) => memberships.add(user, joined));
}

/** The same numbers every time (a linear congruential generator's upper bits). */
function seeded(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
