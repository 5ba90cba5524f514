/**
 * dynalite in a thread of its own, so that its work and the handlers' do not take turns. Plain
 * JavaScript, because a worker thread starts without the loader that reads TypeScript.
 */
import { parentPort, workerData } from "node:worker_threads";
import dynalite from "dynalite";

const { port, path } = workerData;
// By default it plays the half second that AWS takes to make a table.
const server = dynalite({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });

server.on("error", (error) => {
  throw error;
});
server.listen(port, "127.0.0.1", () => parentPort.postMessage(server.address().port));

parentPort.once("message", () => {
  server.close(() => process.exit());
  server.closeAllConnections();
});
