/**
 * Builds the chat page when it is missing or older than what it is made of. Several copies may
 * build at once: each builds in a folder of its own, which then takes the place of the page.
 * A start goes on without the page when it cannot be built, and says so in one line.
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = join(root, "web");
const built = join(page, "dist");
const sources = ["web/index.html", "web/vite.config.ts", "web/src", "web/public", "client"];

/** Where the page lies. Undefined when it cannot be built: the reason has been told. */
export async function buildPage(tell: (line: string) => void): Promise<string | undefined> {
  try {
    if (isFresh()) return built;
    const folder = `${built}-${process.pid}`;
    await runVite(folder);
    replace(folder);
    return built;
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split("\n");
    tell(`unable to build the chat page; ${reason}. Everything else works`);
    return undefined;
  }
}

function isFresh(): boolean {
  const index = join(built, "index.html");
  if (!existsSync(index)) return false;
  const builtMs = statSync(index).mtimeMs;
  return sources.every((source) => newestMs(join(root, source)) <= builtMs);
}

/** When the newest file below was changed. What is generated or installed is left out. */
function newestMs(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  const names = readdirSync(path).filter((name) => name !== "dist" && name !== "node_modules");
  return Math.max(0, ...names.map((name) => newestMs(join(path, name))));
}

/** In a process of its own: the bundler would keep its memory for as long as the service runs. */
function runVite(folder: string): Promise<void> {
  const vite = join(dirname(createRequire(import.meta.url).resolve("vite/package.json")), "bin");
  const args = [join(vite, "vite.js"), "build", "--logLevel", "error", "--outDir", folder];
  // With another one, React is that for developers: half as large again.
  const env = { ...process.env, NODE_ENV: "production" };
  const child = spawn(process.execPath, args, {
    ...{ cwd: page, env, stdio: ["ignore", "ignore", "pipe"] },
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    errors += text;
  });
  return new Promise((finished, failed) => {
    child.once("error", failed);
    child.once("close", (code) => {
      const lines = errors.split("\n").filter((line) => line.trim() !== "");
      // Vite's first line says no more than that it failed.
      const line = lines[1] ?? lines[0] ?? `vite ended with ${code}`;
      if (code === 0) finished();
      else failed(new Error(line));
    });
  });
}

function replace(folder: string): void {
  const old = `${folder}-old`;
  if (existsSync(built)) renameSync(built, old);
  try {
    renameSync(folder, built);
  } catch (error) {
    // Another copy was faster, and its page is as good.
    rmSync(folder, { recursive: true, force: true });
    if (!existsSync(built)) throw error;
  }
  rmSync(old, { recursive: true, force: true });
}
