/** The stand-in's own process; see standIn.ts. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { localCredentials } from "../../local/emulator/database/tables.ts";
import { refusalOf } from "../../local/emulator/gateway/signature.ts";
import { cert, key } from "../../test/contract/localhostCertificate.ts";
import type { Behaviour, Counts, Order } from "./standIn.ts";
import { answerTasks } from "./tasks.ts";

let behaviour: Behaviour;
let counts: Counts;
let lastSeqs: Map<string, number>;

function behave(changed: Behaviour): void {
  behaviour = changed;
  lastSeqs = new Map();
  counts = {
    answers: {},
    posts: 0,
    bodyBytes: 0,
    sockets: 0,
    signaturesChecked: 0,
    events: 0,
    outOfOrder: 0,
  };
}

function listener(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const [first = Buffer.alloc(0)] = chunks;
    answer(request, response, chunks.length > 1 ? Buffer.concat(chunks) : first);
  });
}
const servers = [createServer(listener), createTlsServer({ key, cert }, listener)];

function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  counts.posts += 1;
  counts.bodyBytes += body.length;
  const id = request.url?.slice("/@connections/".length) ?? "";
  const status = statusFor(request, id, body);
  counts.answers[status] = (counts.answers[status] ?? 0) + 1;
  if (status === 200 && behaviour.watchesOrder) watchOrder(id, body);
  response.writeHead(status, { "x-amzn-RequestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef" }).end();
}

function statusFor({ method = "", url = "", headers }: IncomingMessage, id: string, body: Buffer) {
  const { checkedOneIn, goneShare, throttledShare } = behaviour;
  if (checkedOneIn > 0 && counts.posts % checkedOneIn === 0) {
    counts.signaturesChecked += 1;
    const signed = { service: "execute-api" as const, method, url, headers, body };
    if (refusalOf(signed, localCredentials)) return 403;
  }
  if (goneShare + throttledShare === 0) return 200;
  const place = placeOf(id);
  if (place < goneShare) return 410;
  return place < goneShare + throttledShare ? 429 : 200;
}

/** Evenly spread over [0, 1), and the same for an id every time (FNV-1a). */
function placeOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let n = 0; n < id.length; n += 1) hash = Math.imul(hash ^ id.charCodeAt(n), 0x01000193);
  return (Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0) / 2 ** 32;
}

function watchOrder(id: string, body: Buffer): void {
  let last = lastSeqs.get(id) ?? 0;
  for (const [, digits] of body.toString("latin1").matchAll(/"seq":(\d+)/g)) {
    const seq = Number(digits);
    counts.events += 1;
    if (seq <= last) counts.outOfOrder += 1;
    last = Math.max(seq, last);
  }
  lastSeqs.set(id, last);
}

behave({ checkedOneIn: 0, goneShare: 0, throttledShare: 0, watchesOrder: false });
const ports: number[] = [];
for (const server of servers) {
  server.on("connection", () => {
    counts.sockets += 1;
  });
  // Nobody's sockets are to be closed while it is another's turn.
  server.keepAliveTimeout = 300_000;
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  ports.push((server.address() as AddressInfo).port);
}
const urls = { url: `http://127.0.0.1:${ports[0]}`, tlsUrl: `https://127.0.0.1:${ports[1]}` };
answerTasks((order: Order) => {
  if (order === "hang up") for (const server of servers) server.closeAllConnections();
  else if (order !== "count") behave(order.behave);
  return { ...counts, ...urls };
});
