/**
 * Runs DynamoDB Local as long as the process that started this one lives: the channel between them
 * breaks even after kill -9. Java alone would run for ever.
 *
 *     node dynamodbLocalGuard.mjs PORT [FOLDER]
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import dynamodbLocal from "dynamodb-local";

const [port, path] = process.argv.slice(2);
const installPath = process.env.DYNAMODB_LOCAL_DIR;
if (installPath) dynamodbLocal.configureInstaller({ installPath });

// Without this list, pages of every origin may read the tables.
const options = ["-sharedDb", "-disableTelemetry", "-cors", "http://localhost"];
// Java unpacks a library there, and does not remove it.
const temporary = mkdtempSync(join(tmpdir(), "parley-dynamodb-"));
process.once("exit", () => rmSync(temporary, { recursive: true, force: true }));
const ofJava = `@${join(temporary, "options")}`;
writeFileSync(
  ofJava.slice(1),
  // It mostly runs for minutes: code that is compiled once, quickly, halves its computing.
  `-XX:+UseSerialGC -XX:TieredStopAtLevel=1 ${JSON.stringify(`-Djava.io.tmpdir=${temporary}`)}`,
);
const launched = dynamodbLocal.launch(Number(port), path || null, options, false, false, ofJava);
const java = await launched.catch((error) => {
  console.error(error.message);
  process.exit(1);
});
java.once("exit", () => process.exit(1));
process.send?.("launched");

if (process.connected) process.once("disconnect", end);
else end();

function end() {
  java.removeAllListeners("exit").once("exit", () => process.exit());
  java.kill("SIGKILL");
}
