/**
 * Bundles the functions with esbuild as deployments do, by `custom.esbuild` in serverless.yml, for
 * either emulator. A process starts ten times sooner than with TypeScript, and defects of bundling
 * show here too.
 *
 * Bundling takes seconds of CPU, so bundles are kept in `.cache/functions` of the service's folder,
 * by a hash of everything that they were made from. Several processes may make the same ones at
 * once: the first to finish is kept. A folder is never changed, because a service loads a function
 * when it is first invoked.
 */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { type BuildOptions, build } from "esbuild";

const requireFrom = createRequire(import.meta.url);
/** Bundles that no start has asked for in so long are deleted. */
const keptMs = 7 * 24 * 60 * 60_000;

interface BundledService {
  folder: string;
  /** By name. `module` is a path without its ending, such as `/…/handlers/send`. */
  functions: ReadonlyMap<string, { module: string }>;
  /** How functions are bundled for deployment: `custom.esbuild`. */
  esbuild: Record<string, unknown>;
}

export interface Bundles {
  fileOf(functionName: string): string;
}

export async function bundleFunctions(service: BundledService): Promise<Bundles> {
  const cache = join(service.folder, ".cache/functions");
  mkdirSync(cache, { recursive: true });
  const options = optionsOf(service);
  // What plugins are told by the shell.
  const { PARLEY_PATIENCE: patience = "" } = process.env;
  const optionsHash = hashOf([JSON.stringify(options), patience]);
  const kept = keptBundles(cache, optionsHash, service.folder);
  const folder = kept ?? (await makeBundles(cache, optionsHash, options, service));
  return { fileOf: (functionName) => join(folder, `${functionName}.mjs`) };
}

function optionsOf({ functions, esbuild }: BundledService): BuildOptions {
  const { outputFileExtension: _, watch: __, plugins: ___, ...options } = esbuild;
  return {
    bundle: true,
    ...(options as BuildOptions),
    entryPoints: Object.fromEntries([...functions].map(([name, { module }]) => [name, module])),
    outExtension: { ".js": ".mjs" },
    format: "esm",
    platform: "node",
    target: `node${process.versions.node}`,
    sourcemap: true,
    logLevel: "error",
  };
}

/** The bundles made earlier with these options, unless a source has changed since. */
function keptBundles(cache: string, optionsHash: string, folder: string): string | undefined {
  const sourcesFile = join(cache, `${optionsHash}.json`);
  if (!existsSync(sourcesFile)) return undefined;
  const sources: string[] = JSON.parse(readFileSync(sourcesFile, "utf8"));
  const kept = join(cache, contentHash(optionsHash, folder, sources));
  if (!existsSync(kept)) return undefined;
  const now = new Date();
  utimesSync(kept, now, now);
  return kept;
}

async function makeBundles(
  cache: string,
  optionsHash: string,
  options: BuildOptions,
  { folder, esbuild: { plugins } }: BundledService,
): Promise<string> {
  const making = mkdtempSync(join(cache, "making-"));
  const plugin = typeof plugins === "string" ? plugins : undefined;
  const { metafile } = await build({
    ...options,
    ...(plugin !== undefined && { plugins: requireFrom(join(folder, plugin))() }),
    absWorkingDir: folder,
    outdir: making,
    metafile: true,
  });
  // What is installed is what the lock file says.
  const own = Object.keys(metafile.inputs).filter((path) => !path.includes("node_modules/"));
  const sources = [...own, lockFileOf(folder), ...(plugin === undefined ? [] : [plugin])].sort();
  const made = join(cache, contentHash(optionsHash, folder, sources));
  try {
    renameSync(making, made);
  } catch {
    rmSync(making, { recursive: true, force: true }); // another process was first
  }
  const written = `${making}.json`;
  writeFileSync(written, JSON.stringify(sources));
  renameSync(written, join(cache, `${optionsHash}.json`));
  removeOld(cache);
  return made;
}

/** The nearest one above, from the folder. */
function lockFileOf(folder: string): string {
  let at = folder;
  while (!existsSync(join(at, "package-lock.json")) && dirname(at) !== at) at = dirname(at);
  return relative(folder, join(at, "package-lock.json"));
}

function removeOld(cache: string): void {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
    if (Date.now() - mtimeMs > keptMs) rmSync(path, { recursive: true, force: true });
  }
}

function contentHash(optionsHash: string, folder: string, sources: readonly string[]): string {
  const contents = sources.flatMap((path) => {
    const file = join(folder, path);
    return [path, existsSync(file) ? readFileSync(file) : ""];
  });
  return hashOf([optionsHash, ...contents]);
}

function hashOf(parts: readonly (string | Buffer)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex").slice(0, 32);
}
