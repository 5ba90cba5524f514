/**
 * The demo at a terminal: its lines, and below them the gateways as they are. It ends the process,
 * with 1 when a promise was broken or nothing put it to the test; a Ctrl-C ends all of it early.
 */
import { ChatError } from "../../../client/index.ts";
import { endWithNpm } from "../../endWithNpm.ts";
import { createScreen } from "../screen.ts";
import { keepShowing } from "../table.ts";
import { type DemoOptions, runDemo } from "./demo.ts";
import { summaryOf } from "./summary.ts";

export async function watch(options: Omit<DemoOptions, "say">): Promise<void> {
  const screen = createScreen();
  let stop = async () => {};
  let isEnding = false;
  const end = async () => {
    if (isEnding) process.exit(1);
    isEnding = true;
    await stop();
    process.exit(1);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  endWithNpm(end);
  let endShowing = async () => {};
  const startedMs = performance.now();
  const playing = runDemo({
    ...options,
    say: (line) => screen.say(`${((performance.now() - startedMs) / 1_000).toFixed(1)} s  ${line}`),
    onCluster(cluster) {
      screen.say(`seed ${options.seed}`);
      endShowing = keepShowing(cluster, screen);
      stop = async () => {
        await endShowing();
        await cluster.stop();
      };
    },
    async onEnd() {
      await endShowing();
      screen.end();
    },
  });
  // A demo that is told to end stops anywhere, and has no verdict.
  const report = await playing.catch((error) => {
    if (isEnding) return;
    if (!(error instanceof ChatError)) throw error;
    console.log(`no verdict, because the story did not end: ${error.message}`);
    process.exit(1);
  });
  if (isEnding || report === undefined) return;
  const { lines, exitCode } = summaryOf(report);
  for (const line of lines) console.log(line);
  process.exit(exitCode);
}
