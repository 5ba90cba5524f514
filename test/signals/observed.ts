/**
 * The functions over memory, and every line that they write. Give `observedRuntime` to `vi.mock` in
 * place of lib/runtime.ts, then ask for `observed`. Handlers are invoked as Lambda invokes them; an
 * error that one throws is counted, as Lambda's own metric counts it.
 */
import { marshall } from "@aws-sdk/util-dynamodb";
import type { APIGatewayRequestAuthorizerEvent, DynamoDBStreamEvent } from "aws-lambda";
import { vi } from "vitest";
import { occupancy } from "../../lib/actions/gateways/occupancy.ts";
import type { SweepPorts } from "../../lib/actions/messages/sweep.ts";
import { counted, measure, measuredLine } from "../../lib/adapters/console/measured.ts";
import { consoleInvoked, consoleNote, consoleReport } from "../../lib/adapters/console/report.ts";
import { appendedIn, changedIn, repeatRooms } from "../../lib/adapters/dynamodb/appended.ts";
import type { ConnectedCaller, ShardJob, ShardOutcome, StoredEvent } from "../../lib/model.ts";
import type { Tokens } from "../../lib/ports.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { Expiry } from "../../lib/retentionPorts.ts";
import { type MemoryRuntime, memoryRuntime, socketEvent } from "../support/memoryRuntime.ts";
import { world } from "../support/world.ts";

export const stage = "parley-prod";
export const version = "1.2.3";

export function observedRuntime() {
  const here = world();
  const { ports } = here;
  Object.assign(ports, { report: counted(consoleReport), measure });
  const { nowMs } = ports.clock;
  const worker = { deliver: async (_job: ShardJob): Promise<ShardOutcome> => ({ connections: 0 }) };
  const delivered = new Map();
  // There is one log.
  const expiry: Expiry = {
    listLogs: async () => ({ logs: [{ room: "old", oldestMs: 0 }] }),
    findWalk: async () => undefined,
    putWalk: async () => {},
    begin: async () => {},
    remove: async () => {},
    empty: async () => {},
  };
  return {
    ...memoryRuntime(here),
    note: counted(consoleNote),
    invoked: <E, C extends unknown[], R>(handle: (event: E, ...context: C) => Promise<R>) =>
      consoleInvoked(handle, {
        runningAs: () => ({ version }),
        measuredLine: (one) => measuredLine(one, nowMs()),
      }),
    tokens: (): Tokens => ({ verify: verdictOn }),
    gatewayPorts: () => ({
      gatewayList: { list: async () => [draining] },
      gatewayConnections: { count: async () => 0 },
      occupancy: occupancy(),
      clock: ports.clock,
      report: counted(consoleReport),
    }),
    worker,
    appendedIn: (event: DynamoDBStreamEvent) => appendedIn(event, counted(consoleReport)),
    changedIn: (event: DynamoDBStreamEvent) => changedIn(event, counted(consoleReport)),
    repeatRooms,
    healChangesPorts: () => ports,
    sweepPorts: (): SweepPorts => ({ ...ports, expiry, longestMs: limits.retentionMsLeast }),
    fanOutPorts: () => ({
      ...ports,
      sharding: ports.subscriptions,
      workers: { deliver: (job: ShardJob) => worker.deliver(job) },
      delivered,
    }),
  };
}
const endpoint = "https://eu-1.example";
const draining = { name: "eu-1", url: "wss://eu-1.example", endpoint, state: "draining" };

/** By what the token says. */
const verdictOn: Tokens["verify"] = async (token) => {
  if (token === "no keys") throw new Error("the issuer does not answer");
  if (token !== "good") return { refused: { reason: "wrong_issuer" } };
  return { identity: { user: "alice", expiresAtMs: Number.MAX_SAFE_INTEGER, scopes: [] } };
};

type ObservedRuntime = MemoryRuntime & ReturnType<typeof observedRuntime>;

export type Line = Readonly<Record<string, unknown>> & { level: string; what: string };

/** To be called once, behind `vi.mock`. */
export async function observed() {
  const runtime = (await import("../../lib/runtime.ts")) as unknown as ObservedRuntime;
  const { here, worker } = runtime;
  const lines: Line[] = [];
  const keep = (text: unknown) => lines.push(JSON.parse(String(text))) > 0;
  vi.spyOn(process.stdout, "write").mockImplementation(keep);
  vi.spyOn(process.stderr, "write").mockImplementation(keep);
  /** By function, when each error was thrown. */
  const errors: { functionName: string; atMs: number }[] = [];

  const handlers = {
    authorize: (await import("../../handlers/authorize.ts")).handler,
    connect: (await import("../../handlers/connect.ts")).handler,
    disconnect: (await import("../../handlers/disconnect.ts")).handler,
    send: (await import("../../handlers/send.ts")).handler,
    default: (await import("../../handlers/default.ts")).handler,
    http: (await import("../../handlers/http.ts")).handler,
    fanOut: (await import("../../handlers/fanOut.ts")).handler,
    announce: (await import("../../handlers/announce.ts")).handler,
    deliver: (await import("../../handlers/deliver.ts")).handler,
    sweep: (await import("../../handlers/sweep.ts")).handler,
  };
  type FunctionName = keyof typeof handlers;
  let requests = 0;

  /** As Lambda does; undefined when the function failed. */
  async function invoke(name: FunctionName, event: unknown): Promise<unknown> {
    const context = {
      functionName: `${stage}-${name}`,
      awsRequestId: `invocation-${++requests}`,
      getRemainingTimeInMillis: () => 300_000,
    };
    const handler = handlers[name] as (event: unknown, context: unknown) => Promise<unknown>;
    try {
      return await handler(event, context);
    } catch {
      errors.push({ functionName: name, atMs: here.ports.clock.nowMs() });
      return undefined;
    }
  }

  /** A frame of a caller, that the gateway took so long ago. */
  function ask(caller: ConnectedCaller, frame: object, agoMs = 0): Promise<unknown> {
    const event = socketEvent(caller, JSON.stringify(frame));
    const requestTimeEpoch = here.ports.clock.nowMs() - agoMs;
    Object.assign(event.requestContext, { requestTimeEpoch });
    return invoke((frame as { action: string }).action === "send" ? "send" : "default", event);
  }

  /** A handshake, as far as the authorizer lets it. */
  function shakeHands(token: string): Promise<unknown> {
    const event: Partial<APIGatewayRequestAuthorizerEvent> = {
      methodArn: "arn:aws:execute-api:local",
      queryStringParameters: { token },
    };
    return invoke("authorize", event);
  }

  const connect = (caller: ConnectedCaller) =>
    invoke("connect", socketEvent(caller, "", "CONNECT"));

  /** The stream brings events of a room to a function. */
  function stream(name: "fanOut" | "announce", room: string, events: readonly StoredEvent[]) {
    const Records = events.map(({ seq, ...event }) => {
      const item = { pk: `LOG#${room}`, sk: String(seq), ...event };
      const image = { NewImage: marshall(item), SequenceNumber: String(seq) };
      const ApproximateCreationDateTime = event.sentAtMs / 1_000;
      return { eventID: `e-${seq}`, dynamodb: { ...image, ApproximateCreationDateTime } };
    });
    return invoke(name, { Records });
  }

  worker.deliver = async (job) => {
    const outcome = await invoke("deliver", job);
    if (outcome === undefined) throw new Error("the worker failed");
    return outcome as ShardOutcome;
  };
  return { runtime, here, worker, lines, errors, invoke, ask, connect, shakeHands, stream };
}
