/** A gateway over the fixture's functions, with a client to it, and what its functions tell. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { ApiGatewayManagementApiClient } from "@aws-sdk/client-apigatewaymanagementapi";
import { afterAll, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { localCredentials, localRegion } from "../../local/emulator/database/tables.ts";
import type { ThrownError } from "../../local/emulator/gateway/functionProcess.ts";
import {
  type Gateway,
  type GatewayOptions,
  startGateway,
} from "../../local/emulator/gateway/gateway.ts";
import { freePorts } from "../local/processes.ts";
import { type Inbox, inbox } from "../support/inbox.ts";

/** Of an event, a frame or an answer; the tests say what they expect in it. */
// biome-ignore lint/suspicious/noExplicitAny: what is in it is what is tested
export type Content = any;

export interface Running extends Gateway {
  websocketUrl: string;
  httpUrl: string;
  /** What functions told, in order: events of connecting and leaving, and results. */
  told: Pick<Inbox<Content>, "next">;
  /** Names of functions, each as soon as it has answered, before its answer is used. */
  answered: Pick<Inbox<string>, "next">;
  failures: { functionName: string; error: ThrownError }[];
  /** Signs as the owner of everything. */
  management: ApiGatewayManagementApiClient;
}

/** To be called at a file's beginning: it ends with the file. */
export async function startFixture(
  options: Partial<GatewayOptions> = {},
  folder = "fixture/",
): Promise<Running> {
  const port = await freePorts();
  const managementEndpoint = `http://localhost:${port + 1}`;
  const told = inbox<Content>();
  const ear = createServer(async (request, response) => {
    told.put(JSON.parse(await text(request)));
    response.end();
  });
  await new Promise<void>((listening) => ear.listen(0, "127.0.0.1", listening));
  const answered = inbox<string>();
  const failures: Running["failures"] = [];
  const credentials = localCredentials;
  const gateway = await startGateway({
    source: fileURLToPath(new URL(folder, import.meta.url)),
    ports: { websocket: port + 1, http: port },
    environment: {
      MANAGEMENT_ENDPOINT: managementEndpoint,
      TOLD: `http://127.0.0.1:${(ear.address() as AddressInfo).port}`,
      AWS_REGION: localRegion,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    output: "ignore",
    onInvocation: answered.put,
    onFailure: (functionName, error) => failures.push({ functionName, error }),
    ...options,
  });
  const management = new ApiGatewayManagementApiClient({
    endpoint: managementEndpoint,
    region: localRegion,
    credentials,
    maxAttempts: 1,
  });
  afterAll(async () => {
    management.destroy();
    await gateway.stop();
    ear.closeAllConnections();
    ear.close();
  });
  const urls = { websocketUrl: `ws://localhost:${port + 1}`, httpUrl: `http://localhost:${port}` };
  return { ...gateway, ...urls, told, answered, failures, management };
}

export interface Socket {
  webSocket: WebSocket;
  send(frame: unknown): void;
  next(): Promise<Content>;
  /** Sends a frame and returns the next that comes in. */
  ask(frame: unknown): Promise<Content>;
  closed: Promise<{ code: number; reason: string }>;
}

/** Connect until the test ends. @throws Refused when the handshake is */
export async function open(
  { websocketUrl }: Running,
  query = "",
  protocols: string[] = [],
): Promise<Socket> {
  const webSocket = new WebSocket(`${websocketUrl}/${query}`, protocols);
  onTestFinished(() => webSocket.terminate());
  const frames = inbox<Content>();
  webSocket.on("message", (data) => frames.put(JSON.parse(String(data))));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    webSocket.once("close", (code, reason) => resolve({ code, reason: String(reason) }));
  });
  await new Promise<void>((opened, refused) => {
    webSocket.once("open", opened).once("error", refused);
    webSocket.once("unexpected-response", async (request, response) => {
      const body = await text(response);
      request.destroy();
      refused(new Refused(response.statusCode ?? 0, body));
    });
  });
  const send = (frame: unknown) =>
    webSocket.send(
      typeof frame === "string" || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame),
    );
  const next = () => frames.next("a frame", (frame): frame is Content => frame !== undefined);
  return {
    webSocket,
    send,
    next,
    closed,
    ask: (frame) => {
      send(frame);
      return next();
    },
  };
}

export class Refused extends Error {
  readonly status: number;
  readonly body: Content;
  constructor(status: number, body: string) {
    super(`refused with ${status}`);
    this.status = status;
    this.body = JSON.parse(body);
  }
}

/** The id that the gateway gave to a connection. */
export async function idOf(socket: Socket): Promise<string> {
  return (await socket.ask({ action: "echo" })).event.requestContext.connectionId;
}
