/**
 * A stand-in for API Gateway and Lambda that behaves as AWS documents, also when things go wrong:
 * docs/decisions/0011 says where it cannot. It reads serverless.yml, listens on three ports, and
 * runs every function in processes of its own.
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

/** A service as it was packaged, which runs instead of sources that are bundled here. */
export interface PackagedService {
  service: ServiceFile;
  bundles: Bundles;
  /** The Node that functions run on. */
  execPath: string;
}

export interface GatewayOptions {
  /** Where serverless.yml is, or what was packaged from it. */
  source: string | PackagedService;
  ports: { websocket: number; http: number; lambda?: number };
  /** What functions find in theirs, besides what their service sets. This wins. */
  environment: Record<string, string>;
  limits?: Partial<GatewayLimits>;
  /** Measures the rates, and how long a connection is idle and lives. */
  clock?: Clock;
  intercept?: Intercept;
  /** What handlers write. */
  output?: Output;
  onInvocation?(functionName: string, elapsedMs: number): void;
  onFailure?(functionName: string, error: ThrownError): void;
  /** Where the streams are that functions have events for. Without it these are not delivered. */
  streams?: LocalStreams;
}

export interface Gateway {
  traffic(): Traffic;
  /** The processes of functions that live now. */
  processes(): { functionName: string; pid: number; isBusy: boolean }[];
  /** Ends everything at once; no `$disconnect` runs. */
  stop(): Promise<void>;
}

/** @throws StartError when a stream event asks for what cannot be */
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
  const clean = () => {
    functions.stop();
    bundles.remove();
  };
  // What is killed has no time for it: its processes end by themselves, the folder stays.
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
  // Before anything can be written through an API: a mapping begins with what comes after it.
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
      await Promise.all([webSocketServer, httpServer, lambdaServer].map(close));
      await stopped;
      await functions.ended();
      bundles.remove();
    },
  };
}

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

/** A client that goes away in the middle of its request wants no answer. */
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
