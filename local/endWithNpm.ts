/**
 * Ends this process when npm is gone. npm passes signals on, but kill -9 ends npm alone, and this
 * process would keep the ports. A shell, or another npm, may stand between npm and this process and
 * survive, so every link up to the first npm is watched. The parent of that npm does not matter:
 * `npm start &` may outlive its script.
 */
import { readFileSync } from "node:fs";

const checkIntervalMs = 1000;
/** npm sets it for everything that it runs, and not for itself. */
const mark = "npm_lifecycle_event";

export function endWithNpm(end: () => void): void {
  if (process.env[mark] === undefined) return;
  const links = linksToNpm();
  const check = setInterval(() => {
    if (links.every(({ child, parent }) => parentOf(child) === parent)) return;
    clearInterval(check);
    end();
  }, checkIntervalMs);
  check.unref();
}

function linksToNpm(): { child: number; parent: number }[] {
  const links = [];
  let child: number | undefined = process.pid;
  while (child !== undefined) {
    const parent = parentOf(child);
    if (parent === undefined) break;
    links.push({ child, parent });
    child = isRunByNpm(parent) ? parent : undefined;
  }
  return links;
}

/**
 * Other processes' parents are known on Linux only. Elsewhere `sh` replaces itself by the program
 * it runs.
 */
function parentOf(pid: number): number | undefined {
  if (pid === process.pid) return process.ppid;
  try {
    // "pid (name) state parent …", where the name may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined; // it has ended
  }
}

function isRunByNpm(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").includes(`${mark}=`);
  } catch {
    return false; // there is no /proc, or it is somebody else's
  }
}
