/**
 * Checks that our programs can run here, and lets them run. This is all that the project knows
 * about versions of Node: which are supported, and how to read TypeScript on those that do not
 * (docs/decisions/0018). It is JavaScript that old versions can read, because it tells them that
 * they are too old.
 */
import module from "node:module";

/** As `engines` in package.json. osls and vitest support no other versions. */
const supported = "20.19, 22.13, 24 or newer";
const [major, minor] = process.versions.node.split(".").map(Number);
const isSupported = (major === 20 && minor >= 19) || (major === 22 && minor >= 13) || major >= 24;

if (!isSupported) refuse(`Parley needs Node ${supported}, and this is ${process.version}`);
// npm does not install devDependencies if NODE_ENV is "production".
if (!isInstalled("esbuild")) refuse("packages are missing: run `npm ci --include=dev` first");
// Node strips types by itself from 22.18 on.
if (!process.features.typescript) {
  process.setSourceMapsEnabled(true);
  module.register("./typescriptHooks.mjs", import.meta.url);
}

function isInstalled(name) {
  try {
    return module.createRequire(import.meta.url).resolve(name) !== "";
  } catch {
    return false;
  }
}

function refuse(reason) {
  console.error(`unable to start; ${reason}`);
  process.exit(1);
}
