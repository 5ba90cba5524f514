/** `npm run cluster` as a process, with its output and with somebody to type into it. */
import { placeOf } from "../../../local/cluster/gatewayProcess.ts";
import type { Endpoints } from "../../support/endpoints.ts";
import { type Exit, freePorts, startProgram } from "../processes.ts";

export interface RunningCluster {
  port: number;
  pid: number;
  /** What is where, of the gateway with this number. */
  at(number: number): Endpoints;
  type(line: string): void;
  output(): string;
  /** Resolves when the output matches, beyond what it was when asked. */
  says(pattern: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  exit: Promise<Exit>;
}

/** `gateways`: how many there will ever be. */
export async function startCluster(gateways: number, args: string[] = []): Promise<RunningCluster> {
  const port = await freePorts(gateways);
  const { child, output, exit } = startProgram("local/cluster/main.ts", {
    args: ["--port", String(port), ...args],
  });
  const ended = exit.then((how) => {
    throw new Error(`the cluster has ended: ${JSON.stringify(how)}`);
  });
  ended.catch(() => {});
  const says = (pattern: RegExp, from = output().length) => {
    const said = new Promise<void>((resolve) => {
      const look = () => {
        if (!pattern.test(output().slice(from))) return;
        child.stdout.off("data", look);
        resolve();
      };
      child.stdout.on("data", look);
      look();
    });
    return Promise.race([said, ended]);
  };
  await says(/^ready /m, 0);
  return {
    port,
    pid: child.pid ?? 0,
    at(number) {
      const { websocketUrl, httpUrl } = placeOf(number, port);
      return { websocketUrl, httpUrl, databaseUrl: `http://127.0.0.1:${port + 3}` };
    },
    type: (line) => void child.stdin.write(`${line}\n`),
    output,
    says,
    kill: (signal) => void child.kill(signal),
    exit,
  };
}
