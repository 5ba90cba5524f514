/**
 * Bundles the functions with esbuild as deployments do, by `custom.esbuild` in serverless.yml, for
 * either emulator. A process starts ten times sooner than with TypeScript, and defects of bundling
 * show here too. The bundles lie in a temporary folder until `remove`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";

const requireFrom = createRequire(import.meta.url);

export interface BundledService {
  folder: string;
  /** By name. `module` is a path without its ending, such as `/…/handlers/send`. */
  functions: ReadonlyMap<string, { module: string }>;
  /** How functions are bundled for deployment: `custom.esbuild`. */
  esbuild: Record<string, unknown>;
}

export interface Bundles {
  fileOf(functionName: string): string;
  remove(): void;
}

export async function bundleFunctions({
  folder,
  functions,
  esbuild,
}: BundledService): Promise<Bundles> {
  const outdir = mkdtempSync(join(tmpdir(), "parley-functions-"));
  const { outputFileExtension: _, watch: __, plugins, ...options } = esbuild;
  await build({
    bundle: true,
    ...(options as BuildOptions),
    ...(typeof plugins === "string" && { plugins: requireFrom(join(folder, plugins)) }),
    absWorkingDir: folder,
    entryPoints: Object.fromEntries([...functions].map(([name, { module }]) => [name, module])),
    outdir,
    outExtension: { ".js": ".mjs" },
    format: "esm",
    platform: "node",
    target: `node${process.versions.node}`,
    sourcemap: true,
    logLevel: "error",
  });
  return {
    fileOf: (functionName) => join(outdir, `${functionName}.mjs`),
    remove: () => rmSync(outdir, { recursive: true, force: true }),
  };
}
