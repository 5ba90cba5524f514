/**
 * The packaged service on this machine: its bundles on a chosen Node behind the faithful gateway,
 * with what its roles do not grant refused. What it is given besides the template's settings is
 * what a function on AWS is given by Lambda, or needs no telling: credentials, and where the
 * services are.
 */
import { developmentSecret } from "../../lib/identity/developmentSecret.ts";
import { localAwsSettings } from "../../local/awsSettings.ts";
import { startDatabase } from "../../local/emulator/database/database.ts";
import {
  createTables,
  localCredentials,
  localRegion,
} from "../../local/emulator/database/tables.ts";
import {
  type Gateway,
  type PackagedService,
  startGateway,
} from "../../local/emulator/gateway/gateway.ts";
import { deadLetters } from "../../local/emulator/streams/deadLetters.ts";
import { freePorts } from "../local/processes.ts";
import type { Endpoints } from "../support/endpoints.ts";
import type { Guard } from "./grants.ts";
import { apiId, stage } from "./localNames.ts";
import type { Settle } from "./packagedService.ts";
import { roleProxy } from "./roleProxy.ts";

export interface RunningPackage extends Endpoints, AsyncDisposable {
  lambdaUrl: string;
  /** Where functions post to, and the name of this gateway in stored connections. */
  managementUrl: string;
  processes: Gateway["processes"];
  /** How often a function has answered or failed so far. */
  invocations(functionName: string): number;
}

export interface Listener {
  /** Lines that functions wrote, and what became of those that failed. */
  onLine(line: string): void;
}

export async function runPackaged(
  serviceWith: (settle: Settle) => Promise<PackagedService>,
  { guard, onLine }: { guard: Guard } & Listener,
): Promise<RunningPackage> {
  const database = await startDatabase({ kind: "dynalite" });
  const { endpoint } = database;
  const tables = await createTables(endpoint);
  const http = await freePorts();
  const [websocket, lambda] = [http + 1, http + 2];
  const local = (port: number) => `http://localhost:${port}`;
  const proxy = await roleProxy(guard, {
    dynamodb: endpoint,
    "execute-api": local(websocket),
    lambda: local(lambda),
  });

  const websocketUrl = `ws://localhost:${websocket}`;
  const deployedAt = `${apiId}.execute-api.${localRegion}.amazonaws.com/${stage}`;
  // The development secret, which deploying refuses, in place of an issuer.
  const tokens: Record<string, string> = {
    AUTH_SECRET: developmentSecret,
    AUTH_ISSUER: "",
    AUTH_AUDIENCE: "",
  };
  const settle: Settle = (setting, name) =>
    (tokens[name] ?? setting)
      .replace(`https://${deployedAt}`, proxy.url)
      .replace(`wss://${deployedAt}`, websocketUrl);
  const invocations = new Map<string, number>();
  const gateway = await startGateway({
    source: await serviceWith(settle),
    ports: { websocket, http, lambda },
    environment: {
      ...localAwsSettings,
      DYNAMODB_ENDPOINT: proxy.url,
      LAMBDA_ENDPOINT: proxy.url,
      PARLEY_LOCAL: "1",
      AWS_REGION: localRegion,
      AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
    },
    output: (text) => text.split("\n").filter(Boolean).forEach(onLine),
    onInvocation: (name) => invocations.set(name, (invocations.get(name) ?? 0) + 1),
    onFailure: (name, error) => {
      if (error.message !== "Unauthorized") onLine(`${name} failed: ${JSON.stringify(error)}`);
    },
    streams: {
      endpoint,
      tables,
      deadLetters: deadLetters(onLine),
      onEnded: (_, { message }) => onLine(message),
    },
  });
  return {
    websocketUrl,
    httpUrl: local(http),
    lambdaUrl: local(lambda),
    managementUrl: proxy.url,
    databaseUrl: endpoint,
    processes: gateway.processes,
    invocations: (name) => invocations.get(name) ?? 0,
    async [Symbol.asyncDispose]() {
      await gateway.stop();
      await proxy[Symbol.asyncDispose]();
      await database.stop();
    },
  };
}
