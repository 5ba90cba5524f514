/** The files of the built page. Their names hold a hash of what is in them, but for the page's. */
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import type { Answer } from "./signIn.ts";

const types: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};
/** One folder and one name, so that no path leads out of the build. */
const hashed = /^\/assets\/[\w-]+\.(css|js|svg)$/;

export async function pageFile(folder: string | undefined, pathname: string): Promise<Answer> {
  if (folder === undefined) return { status: 503, body: "the page could not be built" };
  const isHashed = hashed.test(pathname);
  const path = { "/": "/index.html", "/icon.svg": "/icon.svg" }[pathname];
  const name = isHashed ? pathname : path;
  if (name === undefined) return { status: 404, body: "there is no such file" };
  try {
    const body = await readFile(join(folder, name));
    const cache = isHashed ? "public, max-age=31536000, immutable" : "no-cache";
    const type = types[extname(name)] ?? "application/octet-stream";
    return { status: 200, type, body, headers: { "cache-control": cache } };
  } catch {
    return { status: 404, body: "there is no such file" };
  }
}

/** The paths of all files, the page last: it names the others. */
export async function pagePaths(folder: string): Promise<string[]> {
  const assets = await readdir(join(folder, "assets"));
  return [...assets.sort().map((name) => `/assets/${name}`), "/icon.svg", "/"];
}
