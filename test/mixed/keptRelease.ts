/**
 * The release that is kept in the tree: what `npm run keep-release` packaged then, as one file. It
 * holds the template as CloudFormation would make it, and each function's bundle without its source
 * map. All bundles are compressed together, because most of each is in the others too.
 */
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import type { Resource } from "../../local/deploy/compiledTemplate.ts";
import type { Runnable } from "../roles/packagedService.ts";

interface KeptRelease {
  manifest: {
    /** The last one that changed what was packaged. */
    commit: string;
    /** When that was committed: `2026-11-27`. */
    committedOn: string;
  };
  resources: Record<string, Resource>;
  /** By function. */
  code: Record<string, string>;
}

export const keptPath = fileURLToPath(new URL("release.json.br", import.meta.url));
/** In git, and in every clone for ever. */
export const keptBytesMost = 250_000;

export function compressed(release: KeptRelease): Buffer {
  const text = Buffer.from(JSON.stringify(release));
  return brotliCompressSync(text, {
    params: {
      // The whole of it, so that a bundle is compressed by the one before it.
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
    },
  });
}

export async function readKeptRelease(): Promise<KeptRelease> {
  return JSON.parse(String(brotliDecompressSync(await readFile(keptPath))));
}

/** Puts the bundles into a folder of their own, with no package within their reach. */
export async function runnable({ resources, code }: KeptRelease): Promise<Runnable> {
  const folder = await mkdtemp(join(tmpdir(), "parley-kept-"));
  const pathOf = (name: string) => join(folder, name, `${name}.mjs`);
  for (const [name, text] of Object.entries(code)) {
    await mkdir(join(folder, name));
    await writeFile(pathOf(name), text);
  }
  return {
    resources,
    ofType: (type) =>
      Object.fromEntries(Object.entries(resources).filter(([, { Type }]) => Type === type)),
    bundle: async (name) => ({ path: pathOf(name) }),
  };
}
