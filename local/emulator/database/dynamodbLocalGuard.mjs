/**
 * Runs DynamoDB Local as long as the process that started this one lives: the channel between them
 * breaks even after kill -9. Java alone would run for ever.
 *
 *     node dynamodbLocalGuard.mjs PORT [FOLDER]
 */
import dynamodbLocal from "dynamodb-local";

const [port, path] = process.argv.slice(2);
const installPath = process.env.DYNAMODB_LOCAL_DIR;
if (installPath) dynamodbLocal.configureInstaller({ installPath });

// Without this list, pages of every origin may read the tables.
const options = ["-sharedDb", "-disableTelemetry", "-cors", "http://localhost"];
const java = await dynamodbLocal.launch(Number(port), path || null, options).catch((error) => {
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
