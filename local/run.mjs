/**
 * Runs a program in TypeScript on every version of Node that is supported, and says on any other
 * that it is not. (`node --import` would do, were it not for versions that do not know it.)
 *
 *     node local/run.mjs local/start.ts --port 4000
 */
import "./typescript.mjs";
import { pathToFileURL } from "node:url";

process.argv.splice(1, 1);
void import(pathToFileURL(process.argv[1]).href);
