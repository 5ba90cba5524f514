/**
 * The faithful gateway in place of `serverless offline`, for `npm start -- --gateway faithful`.
 * Settings, ports, database, greeting and ending are the emulator's own: it is handed
 * serverless.yml in the form that the plugin gets it in.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stop as stopBundler } from "esbuild";
import { parse } from "yaml";
import { localEmulator } from "../emulator.ts";
import type { Serverless } from "../service.ts";
import { readSettings } from "../settings.ts";
import type { ThrownError } from "./functionProcess.ts";
import { startGateway } from "./gateway.ts";

const folder = fileURLToPath(new URL("../..", import.meta.url));
const { ports, isVerbose } = readSettings(process.env);

const serverless = asSeenByPlugins(folder);
const emulator = localEmulator(serverless);
await emulator.initialize();
const environment = serverless.service.provider.environment as Record<string, string>;
await emulator.start();
await startGateway({
  folder,
  ports,
  environment,
  onInvocation: (functionName, elapsedMs) => {
    if (isVerbose) console.log(`${functionName} (${elapsedMs.toFixed(1)} ms)`);
  },
  onFailure: (functionName, error) => {
    // How an authorizer says no.
    if (error.message !== "Unauthorized" || isVerbose) console.error(failure(functionName, error));
  },
});
// It has done its work, and would keep 200 MB.
await stopBundler();

function failure(functionName: string, { name, message, stack }: ThrownError): string {
  const [line] = message.split("\n");
  const short = `the function ${functionName} failed: ${name}: ${line}`;
  return isVerbose && stack !== undefined ? `${short}\n${stack}` : short;
}

function asSeenByPlugins(serviceDir: string): Serverless {
  const source = readFileSync(join(serviceDir, "serverless.yml"), "utf8");
  const service = parse(source, { merge: true, logLevel: "error" });
  return {
    serviceDir,
    processedInput: { options: {} },
    service: {
      ...service,
      getAllFunctions: () => Object.keys(service.functions),
      getFunction: (name) => service.functions[name],
    },
  };
}
