/** `npm run build -w client` writes dist/: a module and its types for every file of this folder. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
const outDir = process.argv[2] ?? join(here, "dist");

rmSync(outDir, { recursive: true, force: true });
const { status } = spawnSync(
  process.execPath,
  [join(typescript, "bin/tsc"), "-p", join(here, "tsconfig.build.json"), "--outDir", outDir],
  { stdio: "inherit" },
);
process.exitCode = status ?? 1;

// TypeScript rewrites the names of imported files in modules, but not in their types.
for (const name of readdirSync(outDir).filter((file) => file.endsWith(".d.ts"))) {
  const path = join(outDir, name);
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replaceAll(/(from "\.\/\w+)\.ts"/g, '$1.js"'));
}
