/**
 * dynalite in a thread of its own, so that it does not compete with handlers for one. It is plain
 * JavaScript, because the TypeScript hooks have to be loaded first in every thread.
 */
import "../../typescript.mjs";
import { parentPort, workerData } from "node:worker_threads";

const { refuseForeignRequests } = await import("../foreignRequests.ts");
const { dynaliteWithStreams } = await import("../streams/dynalite.ts");
const { port, path } = workerData;
// By default dynalite imitates the half second that AWS takes to make a table.
const noDelays = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
const server = dynaliteWithStreams({ path, ...noDelays });
// Node's own five seconds end sockets that a busy caller is about to use again.
server.keepAliveTimeout = 60_000;

refuseForeignRequests(server);
server.on("error", (error) => {
  throw error;
});
server.listen(port, "127.0.0.1", () => parentPort.postMessage(server.address().port));

parentPort.once("message", () => {
  server.close(() => process.exit());
  server.closeAllConnections();
});
