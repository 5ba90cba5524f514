/** docs/architecture.md lists the files that one `send` walks through; this runs one. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Without the adapters, which are as many as there are technologies. */
const filesMax = 20;

it("a send walks through the 20 files, and adapters, that the architecture lists", async () => {
  const program = ["local/run.mjs", "test/docs/sendWalkProgram.ts"];
  const { stdout } = await promisify(execFile)(process.execPath, program, { cwd: root });
  const { posts, files } = JSON.parse(stdout) as { posts: number; files: string[] };
  expect(posts).toBe(2); // the ack, and the event to the other member

  const page = await readFile(`${root}docs/architecture.md`, "utf8");
  const section = page.split("## The walk of a send")[1]?.split("\n## ")[0] ?? "";
  const listed = [...section.matchAll(/`((?:lib|handlers)\/[^`]+\.ts)`/g)].map(([, path]) => path);
  expect([...new Set(listed)].sort()).toEqual(files);
  expect(files.filter((path) => !path.startsWith("lib/adapters/")).length).toBeLessThanOrEqual(
    filesMax,
  );
});
