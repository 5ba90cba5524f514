/**
 * Other versions of Node, for tests that run something on each of them. `npm run nodes` fetches
 * them; they are no part of `npm ci`. A test says loudly which ones are missing and goes on without
 * them; with PARLEY_REQUIRE_NODES=1, as in CI, a missing one is a failure.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * As npm names them: the oldest that package.json supports of each line that has an oldest, and the
 * newest of each line.
 */
export const nodeVersions = ["20.19.0", "22.13.0", "22", "24", "26"] as const;
export type NodeVersion = (typeof nodeVersions)[number];

export interface NodeBinary {
  version: NodeVersion;
  path: string;
}

export const nodesFolder = fileURLToPath(new URL("../../.cache/nodes/", import.meta.url));

export const nodePath = (version: NodeVersion) => join(nodesFolder, version, "bin", "node");

/**
 * Those of the versions that are there.
 * @throws Error when one is missing and PARLEY_REQUIRE_NODES is set
 */
export function nodeBinaries(versions: readonly NodeVersion[] = nodeVersions): NodeBinary[] {
  const missing = versions.filter((version) => !existsSync(nodePath(version)));
  if (missing.length > 0) {
    const reason = `Node ${missing.join(", ")} is missing; "npm run nodes" fetches it`;
    if (process.env["PARLEY_REQUIRE_NODES"]) throw new Error(reason);
    console.error(`\n  LEFT OUT: ${reason}\n`);
  }
  return versions
    .filter((version) => !missing.includes(version))
    .map((version) => ({ version, path: nodePath(version) }));
}
