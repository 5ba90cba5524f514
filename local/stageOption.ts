/** `--stage` of commands: the settings of a stage that is deployed from this folder. */
import { fileURLToPath } from "node:url";
import { readStage, type StageSettings } from "./deploy/stageFile.ts";

/** @throws StartError */
export function stageOfProject(stage: string): StageSettings {
  // Otherwise the SDK, which all of these commands ask, prints a notice about Node 20 on every run.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  return readStage(fileURLToPath(new URL("..", import.meta.url)), stage);
}
