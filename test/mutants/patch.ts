/**
 * What a mutant is here: one place of the product's source said in another, wrong way. Nothing on
 * disk is changed: the test runner puts the wrong text in when it loads the file.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Patch {
  /** What is wrong then, in words. Names the mutant, so no two may say the same. */
  what: string;
  /** From the project's folder. */
  file: string;
  /** Stands in the file exactly once. */
  before: string;
  after: string;
  /** The tests that are to notice. The fewer and quicker, the better. */
  tests: readonly string[];
}

export const projectFolder = fileURLToPath(new URL("../../", import.meta.url));

/** The file's text as the patch has it. @throws when the patch no longer applies */
export function patched({ what, file, before, after }: Patch, text = textOf(file)): string {
  const parts = text.split(before);
  if (parts.length !== 2) {
    const found = parts.length === 1 ? "nowhere" : `${parts.length - 1} times`;
    throw new Error(`unable to patch ${file} (${what}); it has ${found}: ${before}`);
  }
  return parts.join(after);
}

const textOf = (file: string) => readFileSync(`${projectFolder}${file}`, "utf8");
