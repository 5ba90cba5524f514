/**
 * All that this project knows about versions of Node: which ones it supports, and how TypeScript
 * runs on those that do not read it by themselves (docs/decisions/0018). Plain JavaScript that old
 * versions can read, because it has to tell them that they are too old.
 */
import module from "node:module";

/** As `engines` in package.json says. What we build on (osls, vitest) supports no others. */
const supported = "20.19, 22.13, 24 or newer";
const [major, minor] = process.versions.node.split(".").map(Number);
const isSupported = (major === 20 && minor >= 19) || (major === 22 && minor >= 13) || major >= 24;

if (!isSupported) {
  console.error(`unable to start; Parley needs Node ${supported}, and this is ${process.version}`);
  process.exit(1);
}
// Node strips types by itself from 22.18 on.
if (!process.features.typescript) {
  process.setSourceMapsEnabled(true);
  module.register("./typescriptHooks.mjs", import.meta.url);
}
