/**
 * `npm start`: runs `serverless offline`, or the faithful gateway, in a process of its own. That
 * process prints the greeting, and ends with this one, even if this one is killed.
 */
import type { ChildProcess } from "node:child_process";
import { runCommand } from "./commandLine.ts";
import { startEmulator } from "./emulatorProcess.ts";
import { endWithNpm } from "./endWithNpm.ts";
import { refusalExitCode } from "./startError.ts";
import { startSettings, usage } from "./startSettings.ts";

const endTimeoutMs = 5000;

await runCommand(async () => {
  const settings = await startSettings(process.argv.slice(2), process.env);
  if (settings === undefined) return console.log(usage);
  endTogether(startEmulator(settings.gateway, settings.env, "inherit"));
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
