/**
 * Runs in a function's process, as Lambda's runtime does: one invocation at a time. An uncaught
 * error ends the process, even after the answer.
 *
 *     node functionRuntime.mjs BUNDLE EXPORT
 */
import { pathToFileURL } from "node:url";

const [file, exportName] = process.argv.slice(2);

process.once("disconnect", () => process.exit());
process.on("uncaughtException", (error) => {
  if (!process.connected) process.exit(1);
  process.send({ crash: described(error) }, () => process.exit(1));
});

const handler = (await import(pathToFileURL(file).href))[exportName];
if (typeof handler !== "function") throw new TypeError(`there is no handler ${exportName}`);

process.on("message", async ({ event, requestId, timeoutMs }) => {
  const deadlineMs = Date.now() + timeoutMs;
  const context = {
    awsRequestId: requestId,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
  try {
    process.send({ returned: (await handler(event, context)) ?? null });
  } catch (error) {
    process.send({ error: described(error) });
  }
});
process.send({ ready: true });

function described(thrown) {
  if (!(thrown instanceof Error)) return { name: "Error", message: String(thrown) };
  const { name, message, stack } = thrown;
  return { name, message, stack };
}
