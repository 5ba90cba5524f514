/**
 * `npm start`: runs `serverless offline`, or the faithful gateway, in a process of its own. That
 * process prints the greeting, and ends with this one, even if this one is killed. This one serves
 * the chat page, which is built meanwhile when it has to be.
 */
import type { ChildProcess } from "node:child_process";
import { runCommand } from "./commandLine.ts";
import { startEmulator } from "./emulatorProcess.ts";
import { endWithNpm } from "./endWithNpm.ts";
import { buildPage } from "./page/build.ts";
import { startPage } from "./page/page.ts";
import { refusalExitCode } from "./startError.ts";
import { startSettings, usage } from "./startSettings.ts";

const endTimeoutMs = 5000;

await runCommand(async () => {
  const start = await startSettings(process.argv.slice(2), process.env);
  if (start === undefined) return console.log(usage);
  const { settings, env } = start;
  await startPage(settings, buildPage(console.error));
  endTogether(startEmulator(settings.gateway, env, "inherit"));
});

function endTogether(emulator: ChildProcess): void {
  let isEnding = false;
  const end = () => {
    // A second signal does not wait for an emulator that hangs.
    if (isEnding) emulator.kill("SIGKILL");
    isEnding = true;
    emulator.kill("SIGTERM");
    setTimeout(() => emulator.kill("SIGKILL"), endTimeoutMs).unref();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  endWithNpm(end);

  emulator.once("exit", (code, signal) => {
    if (isEnding) process.exit(0);
    if (code !== refusalExitCode) {
      console.error(`the emulator ended by itself (${signal ?? `exit code ${code}`})`);
    }
    process.exit(1);
  });
}
