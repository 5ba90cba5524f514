/**
 * The faithful gateway in place of `serverless offline`, for `npm start -- --gateway faithful`.
 * Settings, ports, database, greeting and ending are the emulator's own: it is handed
 * serverless.yml in the form that the plugin gets it in.
 */
import { fileURLToPath } from "node:url";
import { stop as stopBundler } from "esbuild";
import type { ThrownError } from "./emulator/gateway/functionProcess.ts";
import { startGateway } from "./emulator/gateway/gateway.ts";
import type { Traffic } from "./emulator/gateway/webSocketApi.ts";
import { localEmulator, orRefuse } from "./offline.ts";
import { asSeenByPlugins } from "./service.ts";
import { readSettings } from "./settings.ts";

/** What it says to the process that started it, in case that listens. */
export type GatewayReport = { traffic: GatewayTraffic } | { failure: GatewayFailure };
/** With how often functions failed so far. */
export type GatewayTraffic = Traffic & { failures: number };
export interface GatewayFailure {
  functionName: string;
  error: ThrownError;
}

const folder = fileURLToPath(new URL("..", import.meta.url));
/** What goes through the gateway is told so often. */
const tellingMs = 250;

const { ports, isVerbose, leavesStreams } = readSettings(process.env);

const serverless = asSeenByPlugins(folder);
const emulator = localEmulator(serverless);
await emulator.initialize();
const environment = serverless.service.provider.environment as Record<string, string>;
const streams = await emulator.start();
let failures = 0;
const options = {
  source: folder,
  ports,
  environment,
  ...(!leavesStreams && { streams }),
  onInvocation: (functionName: string, elapsedMs: number) => {
    if (isVerbose) console.log(`${functionName} (${elapsedMs.toFixed(1)} ms)`);
  },
  onFailure: (functionName: string, error: ThrownError) => {
    // How an authorizer says no.
    const isFailure = error.message !== "Unauthorized";
    if (isFailure) {
      failures += 1;
      tell({ failure: { functionName, error } });
    }
    if (isFailure || isVerbose) console.error(failure(functionName, error));
  },
};
const gateway = await orRefuse(() => startGateway(options));
setInterval(() => tell({ traffic: { ...gateway.traffic(), failures } }), tellingMs).unref();
// It has done its work, and would keep 200 MB.
await stopBundler();

/** To whoever started this, who may not care. */
function tell(report: GatewayReport): void {
  process.send?.(report, () => {});
}

function failure(functionName: string, { name, message, stack }: ThrownError): string {
  const [line] = message.split("\n");
  const short = `the function ${functionName} failed: ${name}: ${line}`;
  return isVerbose && stack !== undefined ? `${short}\n${stack}` : short;
}
