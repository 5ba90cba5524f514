/**
 * Starts `serverless offline`, or the faithful gateway, in a process of its own. Its environment
 * tells it what to do. It ends when its channel to this process breaks, so also when this process
 * is killed. It has a process group of its own: a Ctrl-C in the terminal reaches only this process,
 * which decides how the emulator ends.
 */
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { LocalSettings } from "./settings.ts";

export function startEmulator(
  gateway: LocalSettings["gateway"],
  env: NodeJS.ProcessEnv,
  output: "inherit" | "pipe",
): ChildProcess {
  const serverless = createRequire(import.meta.url).resolve("serverless/bin/serverless.js");
  const programs = {
    offline: [serverless, "offline"],
    faithful: ["local/run.mjs", "local/faithful.ts"],
  };
  const stdio: StdioOptions = ["ignore", output, output, "ipc"];
  return spawn(process.execPath, ["--no-deprecation", ...programs[gateway]], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    env,
    detached: true,
    stdio,
  });
}
