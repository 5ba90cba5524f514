/** The client ships alone: there is nothing in it of the service's, or that only Node has. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

it.each([
  // What keeps the promises; and with it what a program sees.
  ["client/chatClient.ts", 8],
  ["client/index.ts", 12],
])("is bundled for browsers out of client/ alone: %s, within %d KB", async (entry, kilobytes) => {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    platform: "browser",
    minify: true,
    metafile: true,
    write: false,
  });
  const others = Object.keys(metafile.inputs).filter((path) => !path.startsWith("client/"));
  expect(others).toEqual([]);
  expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([]);
  const [bundle] = outputFiles;
  expect(gzipSync(bundle?.contents ?? new Uint8Array()).length).toBeLessThan(kilobytes * 1024);
  expect(bundle?.text).toContain("getRandomValues"); // so it is not empty
});

it("is typed with what browsers have", async () => {
  const tsc = `${root}node_modules/typescript/bin/tsc`;
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, "-p", `${root}client`]);
  expect(stdout).toBe("");
});
