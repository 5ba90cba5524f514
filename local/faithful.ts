/**
 * Runs the faithful gateway in place of `serverless offline`, for `npm start -- --gateway
 * faithful`. Settings, ports, database, greeting and ending are those of offline.ts, which gets
 * serverless.yml in the form that osls gives it to a plugin.
 */
import { fileURLToPath } from "node:url";
import { stop as stopBundler } from "esbuild";
import type { ThrownError } from "./emulator/gateway/functionProcess.ts";
import { startGateway } from "./emulator/gateway/gateway.ts";
import type { Traffic } from "./emulator/gateway/webSocketApi.ts";
import { localEmulator, orRefuse } from "./offline.ts";
import { asSeenByPlugins } from "./service.ts";
import { readSettings } from "./settings.ts";

/** Messages to the process that started this one. */
export type GatewayReport = { traffic: GatewayTraffic } | { failure: GatewayFailure };
/** `failures` counts invocations that failed. */
export type GatewayTraffic = Traffic & { failures: number };
export interface GatewayFailure {
  functionName: string;
  error: ThrownError;
}

const folder = fileURLToPath(new URL("..", import.meta.url));
/** How often `traffic` is reported. */
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
    // An authorizer throws this to refuse a client.
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
// The bundler is not needed any more, and would keep 200 MB.
await stopBundler();

/** A parent that does not listen is no error. */
function tell(report: GatewayReport): void {
  process.send?.(report, () => {});
}

function failure(functionName: string, { name, message, stack }: ThrownError): string {
  const [line] = message.split("\n");
  const short = `the function ${functionName} failed: ${name}: ${line}`;
  return isVerbose && stack !== undefined ? `${short}\n${stack}` : short;
}
