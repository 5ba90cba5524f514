/** Folders that a person named, or that we rely on. */
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes the folder, and those around it, as far as they are missing. Node's own `recursive` tries
 * for ever where nothing can be made and that is answered with ENOENT, such as in /proc.
 */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another copy was faster.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
