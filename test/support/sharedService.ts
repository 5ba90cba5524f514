/**
 * Global set-up of the end-to-end files: the copy of the service that they share, on a gateway of
 * one kind. At the end it must have complained of nothing that is not made up (surprises.ts).
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { killAll } from "../local/processes.ts";
import { startCopy } from "./endpoints.ts";
import { isSurprising, reportSurprises } from "./surprises.ts";

export default async function sharedService(project: TestProject): Promise<() => Promise<void>> {
  // What a project sets is only for its test files.
  const { PARLEY_GATEWAY } = project.config.env;
  const args = PARLEY_GATEWAY === undefined ? [] : ["--gateway", PARLEY_GATEWAY];
  const complaintsPath = join(mkdtempSync(join(tmpdir(), "parley-")), "complaints");
  writeFileSync(complaintsPath, "");
  const { kill: _, complaints, ...service } = await startCopy(args, complaintsPath);
  project.provide("service", service);
  project.provide("complaintsPath", complaintsPath);
  return async () => {
    await killAll();
    reportSurprises(complaints().split("\n").filter(isSurprising));
  };
}
