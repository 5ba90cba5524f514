/**
 * Packages what is committed, and keeps it as the release that today's functions have to get on
 * with (docs/decisions/0062). The same commit makes the same file.
 *
 *     npm run keep-release
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../../local/commandLine.ts";
import { startError } from "../../local/startError.ts";
import { packageInto, retains } from "../package/packaged.ts";
import { deployedPrefix } from "../roles/localNames.ts";
import { compressed, keptBytesMost, keptPath } from "./keptRelease.ts";

const operation = "keep a release";
const packagedPaths = ["serverless.yml", "package-lock.json", "handlers", "lib", "local"];
const git = (...args: string[]) =>
  execFileSync("git", [...args, "--", ...packagedPaths], { encoding: "utf8" }).trim();

await runCommand(async () => {
  if (git("status", "--porcelain") !== "") {
    throw startError("commit first, so that it has a name", operation);
  }
  const [commit = "", committedOn = ""] = git("log", "-1", "--format=%H %cs").split(" ");
  const folder = mkdtempSync(join(tmpdir(), "parley-keep-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const { resources, ofType, bundle } = await packageInto(folder, retains);
  const code: Record<string, string> = {};
  for (const { Properties } of Object.values(ofType("AWS::Lambda::Function"))) {
    // Where a deployment would upload it to, which has the time in it.
    delete Properties["Code"];
    const name = String(Properties["FunctionName"]).replace(deployedPrefix, "");
    code[name] = (await bundle(name)).code.replace(/\/\/# sourceMappingURL=.*\s*$/, "");
  }
  const bytes = compressed({ manifest: { commit, committedOn }, resources, code });
  if (bytes.length > keptBytesMost) {
    throw startError(`${bytes.length} bytes are more than ${keptBytesMost}`, operation);
  }
  writeFileSync(keptPath, bytes);
  console.log(`kept ${commit.slice(0, 7)} of ${committedOn}: ${bytes.length} bytes`);
});
