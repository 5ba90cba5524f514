/**
 * One service with its clients' connections under one scheduler, and the history of what happens.
 * An operation is one run of a handler: it starts as a step, asks its ports in steps, and may be
 * killed between any two.
 */
import {
  type ConnectedCaller,
  type Connection,
  connectionExpiryMs,
  type Reactor,
} from "../../lib/model.ts";
import type { PostResult } from "../../lib/ports.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { LogEvent, ServerFrame } from "../../lib/protocol/serverFrames.ts";
import type { Entry, History, Violation } from "../support/checker/history.ts";
import { nowMs, tagAt } from "../support/fixtures.ts";
import type { Operating, OperationPorts, Outcome } from "./operating.ts";
import { type PortOptions, scheduledPorts } from "./ports.ts";
import { wholeLog } from "./removed.ts";
import { type Requests, requestsOf } from "./requests.ts";
import { createScheduler, type Scheduler, type Task } from "./scheduler.ts";
import type { Service } from "./service.ts";
import { createStores, type Stores } from "./stores.ts";
import { createAnnouncements, createFanOuts, scheduledWorkers, WorkerDied } from "./stream.ts";

interface SimulationOptions {
  service: Service;
  random?: () => number;
  /** Whether every look at the clock is later than the one before, and so a step of its own. */
  isTimed?: boolean;
  /** How long it takes to read a page of subscriptions; else no time at all. */
  pageMs?: number;
  /** Connections beyond which a room is delivered to by the stream. */
  largeRoomConnections?: number;
  isPutAnswerLost?: () => boolean;
  pageSize?: number;
  /** Whether a stranger's first message waits to be accepted. */
  holdsRequests?: boolean;
  /** For how long messages are kept; none: for good. */
  retentionMs?: number;
  /** What becomes of a post to an open connection. */
  posted?: (connection: string, frame: ServerFrame, arrive: () => void) => PostResult | "silent";
  /** Told of every frame that reaches its client. */
  received?: (connection: string, frame: ServerFrame) => void;
  /** Told of every event that the stream is to deliver. */
  streamed?: () => void;
  /** Told of every message that was changed, or reacted to. */
  changed?: () => void;
  /** Told of every connection that closes, from either side. */
  closed?: (connection: string) => void;
}

interface Operation {
  thread: string;
  task: Task;
  /** Kill it: it goes no further, and nobody hears of it. */
  die(): void;
}

export interface Simulation extends Operating, Requests {
  /** Operations that have not ended, by their tasks' names. */
  underWay: Map<string, Operation>;
  /** Failures that are no refusals; nothing fails here, so each is a defect. */
  defects: unknown[];
  callerOf(
    user: string,
    connectionId: string,
    expiresAtMs: number,
    gateway?: string,
  ): ConnectedCaller;
  /** A connection closes; its gateway may or may not say so. */
  close(connectionId: string): void;
  history(): Promise<History>;
  /** From now on nothing is scheduled: a port's call is done at once. */
  isDirect: boolean;
}

export function createSimulation(options: SimulationOptions): Simulation {
  const scheduler = createScheduler(nowMs);
  const entries: Entry[] = [];
  const defects: unknown[] = [];
  const underWay = new Map<string, Operation>();
  const arrive = (connection: string, frame: ServerFrame) => {
    if (!stores.network.open.has(connection)) return;
    entries.push({ what: "received", connection, frame });
    options.received?.(connection, frame);
  };
  const stores = createStores({
    appended: (room, event) => entries.push({ what: "appended", room, event }),
    streamed(room, event) {
      options.streamed?.();
      fanOuts.brings({ room, event });
    },
    changed(changed) {
      options.changed?.();
      announcements.brings(changed);
    },
    closed(connection) {
      entries.push({ what: "closed", connection });
      options.closed?.(connection);
    },
    posted(connection, frame) {
      const now = () => arrive(connection, frame);
      if (options.posted) return options.posted(connection, frame, now);
      now();
      return "delivered";
    },
    untaken: (connection) => entries.push({ what: "untaken", connection }),
  });
  const operations = new Map<string, number>();
  const portsOf = (task: Pick<Task, "call" | "wait">, begunAt: number): OperationPorts => {
    const onPost = (connection: string, frame: ServerFrame) =>
      entries.push({ what: "posted", connection, frame, begunAt });
    return {
      ...scheduledPorts(task, stores, { ...portOptions, onPost }),
      workers: scheduledWorkers(core, task, begunAt),
    };
  };
  const portOptions = portOptionsOf(scheduler, options, defects);

  const core = {
    service: options.service,
    scheduler,
    stores,
    entries,
    underWay,
    defects,
    isDirect: false,
    callerOf: (
      user: string,
      connectionId: string,
      expiresAtMs: number,
      gateway = "http://gateway-1",
    ) => {
      const connectedAtMs = scheduler.nowMs;
      const connection: Connection = {
        connectionId,
        gateway,
        user,
        connectedAtMs,
        expiresAtMs: connectionExpiryMs(connectedAtMs, expiresAtMs),
      };
      return { user, connection, expiresAtMs };
    },
    operate: <T>(
      thread: string,
      what: string,
      work: (ports: OperationPorts) => Promise<T>,
      begunAt?: number,
    ) =>
      new Promise<Outcome<T>>((resolve) => {
        // Counted by thread: an operation has the same name in every order.
        const number = (operations.get(thread) ?? 0) + 1;
        operations.set(thread, number);
        const name = `${thread}/${number}`;
        const task = scheduler.task(thread, name);
        const die = () => {
          task.die();
          underWay.delete(name);
          resolve({ died: true });
        };
        const end = (result: T) => {
          underWay.delete(name);
          resolve({ died: false, result });
        };
        const run = () => {
          underWay.set(name, { thread, task, die });
          const ports = portsOf(core.isDirect ? direct : task, begunAt ?? entries.length);
          work(ports).then(end, (error: Error) => {
            if (!isLeftToTheGateway(error)) defects.push(error);
            die();
          });
        };
        if (core.isDirect) run();
        else
          scheduler.add({ id: `${name}.0`, thread, kind: "start", label: `${name} ${what}`, run });
      }),
    close: (connectionId: string) => stores.network.close(connectionId),
    history: () => historyOf(stores, entries, scheduler.nowMs),
  };
  const fanOuts = createFanOuts(core, options.random);
  const announcements = createAnnouncements(core, options.random);
  return Object.assign(core, requestsOf(core, arrive));
}

/** No defect: an answer that was not taken, of which the gateway tells the client. */
function isLeftToTheGateway({ message }: Error): boolean {
  return message.startsWith("answers not posted");
}

/** What failed though nothing could: promise 9 asks for an answer, not for `internal`. */
export function defectsOf({ defects, entries }: Simulation): Violation[] {
  return [...new Set(defects.map(String))].map((defect) => ({
    promise: 9,
    story: `an operation failed: ${defect}`,
    at: entries.length,
  }));
}

/** Calls that nobody schedules. */
const direct: Pick<Task, "call" | "wait"> = {
  call: (_label, _access, perform) => perform(),
  async wait() {},
};

function portOptionsOf(
  scheduler: Scheduler,
  options: SimulationOptions,
  defects: unknown[],
): Omit<PortOptions, "onPost"> {
  let ids = 0;
  let tags = 0;
  const passMs = (ms: number) => {
    scheduler.touch({ thing: "clock", writes: true });
    scheduler.nowMs += ms;
  };
  return {
    isPutAnswerLost: options.isPutAnswerLost ?? (() => false),
    pageSize: options.pageSize ?? 1_000,
    holdsRequests: options.holdsRequests ?? false,
    retentionMs: options.retentionMs ?? Number.POSITIVE_INFINITY,
    largeRoomConnections: options.largeRoomConnections ?? limits.directConnections,
    random: options.random ?? (() => 0.5),
    newId: () => `id-${++ids}`,
    newTag: () => tagAt(++tags),
    nowMs() {
      if (options.isTimed) passMs(1);
      return scheduler.nowMs;
    },
    pageRead: () => options.pageMs && passMs(options.pageMs),
    onReport: (what, { error }) => {
      // Nothing that is asked of a port fails here, unless it is a function that was killed.
      if (error !== undefined && !(error instanceof WorkerDied)) defects.push(error);
      else if (what === "posts refused") defects.push(what);
    },
  };
}

async function historyOf(stores: Stores, entries: Entry[], nowMs: number): Promise<History> {
  const logs = new Map<string, LogEvent[]>();
  for (const room of stores.rooms) {
    const all = { limit: Number.MAX_SAFE_INTEGER, order: "oldest first" } as const;
    logs.set(room, wholeLog(await stores.log.list(room, all), stores.removed.get(room)));
  }
  const hearing = new Map<string, Map<string, string>>();
  for (const entry of entries) {
    if (entry.what !== "received" || entry.frame.type !== "presence") continue;
    const found = await stores.subscribersOf(`room:${entry.frame.room}`);
    const there = found.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
    hearing.set(
      entry.frame.room,
      new Map(there.map(({ connectionId, user }) => [connectionId, user])),
    );
  }
  return { entries, logs, hearing, reactors: await reactorsOf(stores, logs) };
}

/** Who reacted to each message that anybody did, by room and position. */
async function reactorsOf(
  { reactions }: Stores,
  logs: ReadonlyMap<string, readonly LogEvent[]>,
): Promise<History["reactors"]> {
  const found = new Map<string, readonly Reactor[]>();
  for (const [room, log] of logs) {
    for (const { seq, kind } of log) {
      if (kind !== "message") continue;
      const reactors = await reactions.list(room, seq, { limit: Number.MAX_SAFE_INTEGER });
      found.set(`${room} ${seq}`, reactors);
    }
  }
  return found;
}
