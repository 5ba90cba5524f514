/**
 * A real Chromium for tests of the page: Debian's, driven by playwright-core, which downloads
 * nothing. Where there is none, tests say so loudly and are left out; in CI they must run.
 */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { hangMs } from "./hang.ts";

const places = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser"];
const chromiumPath = places.find((path) => path !== undefined && existsSync(path));

export const hasChromium = chromiumPath !== undefined;

if (!hasChromium) {
  const how = "install Debian's chromium, or set CHROMIUM to the path of one";
  const message = `no Chromium here, so no test of the chat page runs; ${how}`;
  if (process.env["PARLEY_REQUIRE_CHROMIUM"] === "1") throw new Error(message);
  console.warn(`SKIPPED: ${message}`);
}

/** Its folder of user data is empty, and goes with it. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath ?? "",
    timeout: hangMs,
    // Its socket lies there, and the path of a socket is short.
    env: { ...process.env, TMPDIR: "/tmp" },
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
    ],
  });
}
