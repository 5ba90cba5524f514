/**
 * `npm run docs` writes what the docs repeat from lib/protocol, and docs/capacity.md from what was
 * measured last and what bench/model assumes; `npm run docs -- --check` writes nothing, and fails
 * when something is out of step. Only the tables between the markers of docs/protocol.md are
 * written, its prose is not.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { outOfStep } from "./generate/files.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const [option, ...others] = process.argv.slice(2);

if ((option !== undefined && option !== "--check") || others.length > 0) {
  console.error("unable to write the docs; the only option is --check");
  process.exitCode = 1;
} else {
  for (const { path, content } of await outOfStep(root)) {
    if (option === "--check") {
      console.error(`${path} is out of step with what it is generated from; run npm run docs`);
      process.exitCode = 1;
    } else {
      await writeFile(join(root, path), content);
      console.log(`${path} written`);
    }
  }
}
