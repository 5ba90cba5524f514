/**
 * Runs one `send` through handlers/send.ts as Lambda does, on an embedded database and in front of
 * a gateway that takes every post. Prints each product file in which V8 saw a function run.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import { Session } from "node:inspector/promises";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { startDatabase } from "../../local/emulator/database/database.ts";
import {
  createTables,
  localCredentials,
  localRegion,
} from "../../local/emulator/database/tables.ts";
import { connectionOf } from "../support/fixtures.ts";
import { socketEvent } from "../support/memoryRuntime.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const database = await startDatabase({ kind: "dynalite" });
const tables = await createTables(database.endpoint);
const posts: string[] = [];
const gateway = createServer((request, response) => {
  posts.push(request.url ?? "");
  request.resume().on("end", () => response.end());
}).listen(0, "127.0.0.1");
await once(gateway, "listening");
const endpoint = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
Object.assign(process.env, {
  AWS_REGION: localRegion,
  AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
  PARLEY_LOCAL: "1",
  DYNAMODB_ENDPOINT: database.endpoint,
  MANAGEMENT_ENDPOINT: endpoint,
  ROOMS_TABLE: tables["Rooms"],
  CONNECTIONS_TABLE: tables["Connections"],
});

const { handler } = await import("../../handlers/send.ts");
const { connect } = await import("../../lib/actions/connections/connect.ts");
const { join } = await import("../../lib/actions/rooms/join.ts");
const runtime = await import("../../lib/runtime.ts");
for (const user of ["alice", "bob"])
  await join({ action: "join", room: "general" }, await come(user), runtime.allPorts());
// The first send of an instance also makes its clients.
await handler(frame("c-1"));
posts.length = 0;
const files = await filesOf(() => handler(frame("c-2")));
console.log(JSON.stringify({ posts: posts.length, files }));
gateway.closeAllConnections();
gateway.close();
await database.stop();

function connectionHere(user: string) {
  const connectedAtMs = Date.now() - 60_000;
  const expiresAtMs = Date.now() + 3_600_000;
  return connectionOf(user, { gateway: endpoint, connectedAtMs, expiresAtMs });
}

async function come(user: string) {
  const connection = connectionHere(user);
  await connect(connection, runtime.connectPorts());
  return { user, name: user, expiresAtMs: connection.expiresAtMs, connection };
}

function frame(cid: string) {
  const connection = connectionHere("alice");
  const text = JSON.stringify({ action: "send", room: "general", text: "hi", cid });
  return socketEvent({ user: "alice", expiresAtMs: connection.expiresAtMs, connection }, text);
}

async function filesOf(work: () => Promise<unknown>): Promise<string[]> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  await work();
  const { result } = await session.post("Profiler.takePreciseCoverage");
  session.disconnect();
  return result
    .filter(({ functions }) => functions.some(({ ranges: [all] }) => all && all.count > 0))
    .map(({ url }) => url.replace(`file://${root}`, ""))
    .filter((path) => /^(lib|handlers)\//.test(path))
    .sort();
}
