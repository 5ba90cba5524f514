/**
 * Runs a program in TypeScript on every supported version of Node, and prints one line on any
 * other. `node --import` would not do: old versions do not know it.
 *
 *     node local/run.mjs local/start.ts --port 4000
 */
import "./typescript.mjs";
import { pathToFileURL } from "node:url";

process.argv.splice(1, 1);
void import(pathToFileURL(process.argv[1]).href);
