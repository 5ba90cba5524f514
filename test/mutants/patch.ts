/**
 * A mutant changes one place of the product's source into a likely mistake. Nothing on disk
 * changes: the test runner puts the wrong text in when it loads the file.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Patch {
  /** The mistake, in words. Names the mutant, so each says something else. */
  what: string;
  /** From the project's folder. */
  file: string;
  /** Stands in the file exactly once. */
  before: string;
  after: string;
  /** The tests that have to notice. The fewer and quicker, the better. */
  tests: readonly string[];
}

export const projectFolder = fileURLToPath(new URL("../../", import.meta.url));

const textOf = (file: string) => readFileSync(`${projectFolder}${file}`, "utf8");

/** Undefined when the patch applies to `text`, its file's by default. */
export function reasonNotToApply({ what, file, before }: Patch, text = textOf(file)) {
  const times = text.split(before).length - 1;
  if (times === 1) return undefined;
  const found = times === 0 ? "nowhere" : `${times} times`;
  return `${what}: does not apply; ${file} has ${found}: ${before.replaceAll("\n", "⏎")}`;
}

/** The file's text with the mistake. */
export const patched = ({ file, before, after }: Patch, text = textOf(file)): string =>
  text.split(before).join(after);
