/**
 * `npm run docs` writes the API descriptions, the tables of docs/protocol.md and the client's types
 * from lib/protocol, docs/client-reference.md from client/, and docs/capacity.md from capacity/.
 * Prose in docs/protocol.md stays as it is.
 * With `--check` it writes nothing, and fails when a file would change.
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
