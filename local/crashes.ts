/**
 * Keeps the emulator alive when a handler crashes after it answered, or out of a callback. Lambda
 * loses one execution environment then; the emulator would end, and every socket with it. What
 * nobody can survive is `process.exit` in a handler.
 */
export function surviveCrashes(isVerbose: boolean): void {
  // osls has a listener of its own, which ends the process.
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => report(error, isVerbose));
  process.on("unhandledRejection", (reason) => report(reason, isVerbose));
  // Whoever read our output is gone. That is no reason to end, nor to complain, where nobody reads.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}

function report(thrown: unknown, isVerbose: boolean): void {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  // A frame that breaks the WebSocket protocol: the socket is closed, and no handler was involved.
  if ("code" in error && String(error.code).startsWith("WS_ERR_")) return;
  console.error(isVerbose ? `a handler crashed: ${error.stack}` : oneLine(error));
}

function oneLine(error: Error): string {
  const [message] = error.message.split("\n");
  const place = error.stack
    ?.split("\n")
    .find((line) => /^ +at /.test(line) && !/node:|node_modules/.test(line));
  return `a handler crashed: ${error.name}: ${message}${place ? ` (${place.trim()})` : ""}`;
}
