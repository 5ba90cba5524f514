/**
 * A stand-in for API Gateway and Lambda that behaves as AWS documents, also when things fail;
 * docs/decisions/0011 says where it cannot. It reads serverless.yml, listens on three ports, and
 * runs each function in processes of its own.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Mappings, startMappings } from "../streams/eventSourceMapping.ts";
import type { LocalStreams } from "../streams/localStreams.ts";
import { type Bundles, bundleFunctions } from "./bundle.ts";
import type { Output, ThrownError } from "./functionProcess.ts";
import { type Functions, isUnavailable, startFunctions } from "./functions.ts";
import { httpApi } from "./httpApi.ts";
import { lambdaApi } from "./lambdaApi.ts";
import { awsLimits, type Clock, type GatewayLimits, systemClock, throttle } from "./limits.ts";
import { type Intercept, managementApi } from "./management.ts";
import { readServiceFile, type ServiceFile } from "./serviceFile.ts";
import { type Traffic, webSocketApi } from "./webSocketApi.ts";

/** A packaged service, which runs in place of sources that are bundled here. */
export interface PackagedService {
  service: ServiceFile;
  bundles: Bundles;
  /** The Node that functions run on. */
  execPath: string;
}

export interface GatewayOptions {
  /** The folder of serverless.yml, or a package of it. */
  source: string | PackagedService;
  ports: { websocket: number; http: number; lambda?: number };
  /** Added to each function's own environment; it wins over that. */
  environment: Record<string, string>;
  limits?: Partial<GatewayLimits>;
  /** Measures the rates, and the idle time and age of connections. */
  clock?: Clock;
  intercept?: Intercept;
  /** The destination of the handlers' output. */
  output?: Output;
  onInvocation?(functionName: string, elapsedMs: number): void;
  onFailure?(functionName: string, error: ThrownError): void;
  /** The streams that functions have events for. Without it none is delivered. */
  streams?: LocalStreams;
}

export interface Gateway {
  traffic(): Traffic;
  /** The processes of functions that live now. */
  processes(): { functionName: string; pid: number; isBusy: boolean }[];
  /** Ends everything at once; no `$disconnect` runs. */
  stop(): Promise<void>;
}

/** @throws StartError when a stream event is not emulated */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const limits = { ...awsLimits, ...options.limits };
  const { service, bundles, execPath } = await serviceOf(options.source);
  const stopping = new AbortController();
  const functions = startFunctions(service, bundles, {
    environment: options.environment,
    execPath,
    processesMax: limits.processes,
    processRestMs: limits.processRestMs,
    waitingMax: limits.waiting,
    output: options.output ?? "inherit",
    onInvocation: options.onInvocation ?? (() => {}),
    onFailure: options.onFailure ?? (() => {}),
  });
  // After kill -9 this does not run: the processes end by themselves.
  const clean = () => functions.stop();
  process.once("exit", clean);

  const { clock = systemClock } = options;
  const takeRequest = throttle(limits.requestsPerSecond, limits.requestsBurst, clock);
  const apiOptions = { service, functions, limits, clock, takeRequest };
  const webSocketServer = createServer();
  const { find, traffic, stop: cutAll } = webSocketApi(webSocketServer, apiOptions);
  const { intercept } = options;
  const manage = managementApi({ ...apiOptions, find, ...(intercept && { intercept }) });
  webSocketServer.on("request", answering(manage));
  const httpServer = createServer(answering(httpApi(apiOptions)));
  const { signal } = stopping;
  const lambda = lambdaApi({ service, functions, limits, signal });
  const lambdaServer = createServer(answering(lambda));
  const servers = [webSocketServer, httpServer, lambdaServer];
  for (const server of servers) server.keepAliveTimeout = idleSocketMs;
  // Before the APIs listen: a mapping starts with the writes that follow it.
  const mappings = await startStreams(service, functions, options.streams).catch((error) => {
    clean();
    throw error;
  });
  const { ports } = options;
  await listen(webSocketServer, ports.websocket);
  await listen(httpServer, ports.http);
  if (ports.lambda !== undefined) await listen(lambdaServer, ports.lambda);

  return {
    traffic,
    processes: functions.processes,
    async stop() {
      process.removeListener("exit", clean);
      stopping.abort();
      const stopped = mappings.stop();
      functions.stop();
      cutAll();
      await Promise.all(servers.map(close));
      await stopped;
      await functions.ended();
    },
  };
}

/** Longer than callers keep a socket that they may use again: a request must not meet its end. */
const idleSocketMs = 60_000;

async function serviceOf(source: GatewayOptions["source"]): Promise<PackagedService> {
  if (typeof source !== "string") return source;
  const service = readServiceFile(source);
  return { service, bundles: await bundleFunctions(service), execPath: process.execPath };
}

async function startStreams(
  service: ServiceFile,
  functions: Functions,
  streams: LocalStreams | undefined,
): Promise<Mappings> {
  const { eventSources } = service;
  if (streams === undefined || eventSources.length === 0) return { stop: async () => {} };
  const { deadLetters, ...options } = streams;
  return startMappings(eventSources, {
    ...options,
    onGivenUp: deadLetters.add,
    async invoke(functionName, event) {
      const outcome = await functions.invoke(functionName, event);
      return isUnavailable(outcome) ? { unavailable: "Rate Exceeded." } : outcome;
    },
  });
}

/** A client that leaves during its request gets no answer. */
function answering(answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    void answer(request, response).catch((error: NodeJS.ErrnoException) => {
      response.destroy();
      if (error.code !== "ECONNRESET") throw error;
    });
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((listening, failed) => {
    server.once("error", failed).listen(port, "127.0.0.1", listening);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((closed) => {
    server.close(() => closed());
    server.closeAllConnections();
  });
}
