/**
 * Between the functions and their database, over HTTP: does to requests what a network and a
 * database do to them on a bad day. A fault is counted when it has happened, not when it is
 * planned: the function that asked may have died meanwhile, and then there is nobody it happens to.
 */
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { limits } from "../../lib/protocol/limits.ts";
import { type PartedBatch, partBatch } from "../support/partBatch.ts";
import type { TableRequest } from "../support/tableProxy.ts";
import { canHave, type DatabaseFault, refusalFor } from "./databaseFaults.ts";
import type { Fault, FaultPlan } from "./faultPlan.ts";

export interface FaultProxyOptions {
  databaseUrl: string;
  plan: FaultPlan<DatabaseFault>;
  happened(fault: DatabaseFault): void;
  /** Told of what the database is about to be asked for. */
  begins?(request: TableRequest): void;
  /** Told of what the database has carried out, before the caller is told. */
  done?(request: TableRequest, status: number): void;
  /** Told of what is left undone of a batch. */
  leaves?(batch: PartedBatch["left"]): void;
  /** A database that is broken: it does not say what it left of a batch. */
  hidesLeftovers?: boolean;
  /** How it waits; a test decides for how long. */
  wait?(ms: number): Promise<void>;
}

export interface FaultProxy {
  url: string;
  stop(): Promise<void>;
}

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const delayMsMax = 500;
/** Beyond the function's patience. */
const lateMs = limits.tableRequestMs + 250;
const contentType = "application/x-amz-json-1.0";

export async function faultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { databaseUrl, plan, happened, begins, done, leaves, hidesLeftovers } = options;
  const agent = new Agent({ keepAlive: true });
  const ended = new AbortController();
  const wait = options.wait ?? ((ms) => delay(ms, undefined, { signal: ended.signal }));

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = String(await buffer(request));
    const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
    const asked: TableRequest = { operation, body };
    const perform = async (part = body) => {
      begins?.({ operation, body: part });
      const answer = await forward(request, part);
      done?.({ operation, body: part }, answer.status);
      return answer;
    };
    const fault = plan.next((kind) => canHave(asked, kind));
    if (fault === undefined) return void give(response, await perform());
    if (await befall(fault, asked, response, perform)) happened(fault.kind);
  }

  /** Returns whether it did happen to somebody. */
  async function befall(
    { kind, strength }: Fault<DatabaseFault>,
    asked: TableRequest,
    response: ServerResponse,
    perform: (part?: string) => Promise<Answer>,
  ): Promise<boolean> {
    const refusal = refusalFor(kind);
    if (refusal) return give(response, { ...refusal, headers: {} });
    switch (kind) {
      case "delayed":
        await wait(strength * delayMsMax);
        return give(response, await perform());
      case "dropped":
        return cut(response);
      case "lost":
        await perform();
        return cut(response);
      case "torn":
        return tear(response, await perform());
      case "late":
        await perform();
        await wait(lateMs);
        return !cut(response);
      case "held":
        await wait(lateMs);
        await perform();
        return !cut(response);
      default: {
        const parted = partBatch(asked, (count) => Math.floor(count * strength));
        if (parted === undefined) throw new Error(`${kind} cannot befall ${asked.operation}`);
        leaves?.(parted.left);
        const answer = await perform(parted.body);
        const body = hidesLeftovers ? answer.body : parted.answerWith(answer.body);
        return give(response, { ...answer, body });
      }
    }
  }

  function forward(request: IncomingMessage, body: string): Promise<Answer> {
    const { authorization = "" } = request.headers;
    const headers = {
      "content-type": contentType,
      "content-length": Buffer.byteLength(body),
      "x-amz-target": String(request.headers["x-amz-target"]),
      "x-amz-date": String(request.headers["x-amz-date"]),
      authorization,
    };
    return new Promise((resolve, reject) => {
      const onward = httpRequest(
        databaseUrl,
        { method: "POST", agent, headers },
        async (answer) => {
          const body = String(await buffer(answer));
          resolve({ status: answer.statusCode ?? 500, headers: headersOf(answer), body });
        },
      );
      onward.once("error", reject).end(body);
    });
  }

  const server = createServer((request, response) => {
    // A function that dies in the middle of asking, or we in the middle of answering.
    void serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      ended.abort();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      agent.destroy();
    },
  };
}

/** Each of these returns whether somebody was there. */
function give(response: ServerResponse, { status, headers, body }: Answer): boolean {
  if (response.destroyed) return false;
  response.writeHead(status, { "content-type": contentType, ...headers });
  response.end(body);
  return true;
}

function cut(response: ServerResponse): boolean {
  const isThere = !response.destroyed;
  response.destroy();
  return isThere;
}

function tear(response: ServerResponse, { status, body }: Answer): boolean {
  if (response.destroyed) return false;
  const bytes = Buffer.from(body);
  response.writeHead(status, { "content-type": contentType, "content-length": bytes.length });
  response.write(bytes.subarray(0, -1), () => response.destroy());
  return true;
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const kept = ["x-amzn-requestid", "x-amz-crc32"];
  return Object.fromEntries(kept.map((name) => [name, String(headers[name] ?? "")]));
}
