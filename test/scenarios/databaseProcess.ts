/**
 * A database with the service's tables, in a process of its own, so that it can be killed alone and
 * started again on what it kept: `databaseProcess.ts PORT FOLDER`.
 */
import { startDatabase } from "../../local/emulator/database/database.ts";
import { createTables } from "../../local/emulator/database/tables.ts";

const [port, folder = ""] = process.argv.slice(2);
const { endpoint } = await startDatabase({ kind: "dynalite", port: Number(port), folder });
await createTables(endpoint);
console.log(`ready ${endpoint}`);
// It lives as long as the process that started it: the database would not keep its process alive.
process.stdin.resume().once("end", () => process.exit());
