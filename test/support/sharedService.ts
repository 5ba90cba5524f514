/**
 * Global set-up of the end-to-end files: the copy of the service that they share, on a gateway of
 * one kind. At the end it must have complained of nothing, for whatever they sent it was a client's
 * fault, but that it did not reach some recipients: those are made up, to see what becomes of the
 * others.
 */
import type { TestProject } from "vitest/node";
import { killAll } from "../local/processes.ts";
import { startCopy } from "./endpoints.ts";

export default async function sharedService(project: TestProject): Promise<() => Promise<void>> {
  // What a project sets is only for its test files.
  const { PARLEY_GATEWAY } = project.config.env;
  const args = PARLEY_GATEWAY === undefined ? [] : ["--gateway", PARLEY_GATEWAY];
  const { kill: _, complaints, ...service } = await startCopy(args);
  project.provide("service", service);
  return async () => {
    await killAll();
    const surprises = complaints()
      .split("\n")
      .filter((line) => line !== "" && !unreached.test(line));
    if (surprises.length === 0) return;
    console.error(`the service complained:\n${surprises.join("\n")}`);
    process.exitCode = 1; // an error thrown here would be printed, and forgotten
  };
}

const unreached = /^{"level":"\w+","what":"(recipients skipped|posts refused)"/;
