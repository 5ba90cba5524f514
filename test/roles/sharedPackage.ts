/**
 * Global set-up of the end-to-end files that run on what would be deployed: the packaged bundles on
 * one of Lambda's versions of Node, with the packaged roles enforced. At the end no function must
 * have asked for anything that its role does not grant.
 */
import type { TestProject } from "vitest/node";
import { forgetAwsSettings } from "../../local/awsSettings.ts";
import { packageProject } from "../package/packaged.ts";
import { type NodeVersion, nodePath } from "../support/nodeBinaries.ts";
import { isSurprising, reportSurprises } from "../support/surprises.ts";
import { grantsOf, guardOf } from "./grants.ts";
import { packagedService } from "./packagedService.ts";
import { runPackaged } from "./running.ts";

export default async function sharedPackage(project: TestProject): Promise<() => Promise<void>> {
  // What a project sets is only for its test files.
  const { PARLEY_NODE } = project.config.env;
  forgetAwsSettings();
  const packaged = await packageProject();
  const guard = guardOf(grantsOf(packaged));
  const lines: string[] = [];
  const onLine = (line: string) => void lines.push(line);
  const execPath = nodePath(PARLEY_NODE as NodeVersion);
  const running = await runPackaged((settle) => packagedService(packaged, execPath, settle), {
    guard,
    onLine,
  });
  const { websocketUrl, httpUrl, databaseUrl } = running;
  project.provide("service", { websocketUrl, httpUrl, databaseUrl, greeting: "" });
  return async () => {
    await running[Symbol.asyncDispose]();
    const refused = guard.refused.map((call) => `refused: ${call}`);
    reportSurprises([...refused, ...lines.filter(isSurprising)]);
  };
}
