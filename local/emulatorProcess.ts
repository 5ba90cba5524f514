/**
 * Starts `serverless offline`, or the faithful gateway, in a process of its own. It is told what to
 * do by its environment, and ends when the channel to whoever started it breaks, so also with a
 * parent that was killed. Its process group is its own: a Ctrl-C in the terminal reaches only the
 * one who started it, and who decides how to end.
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
