/**
 * The table did the work and the answer was lost: the SDK asks again, and finds itself in the way.
 * Through a proxy that drops the connection after the database has answered.
 */
import { randomUUID } from "node:crypto";
import { createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dynamoClient } from "../../lib/adapters/dynamodb/client.ts";
import { dynamoMessageLog } from "../../lib/adapters/dynamodb/messageLog.ts";
import { type Database, startDatabase } from "../../local/emulator/database/database.ts";
import { createTables } from "../../local/emulator/database/tables.ts";
import { logEvent } from "../support/fixtures.ts";
import { hangMs } from "../support/hang.ts";

let database: Database;
let proxy: Server;
let client: ReturnType<typeof dynamoClient>;
let table: { client: typeof client; name: string };
/** How many answers to writes are still to be lost. */
let losses = 0;
let writes = 0;

beforeAll(async () => {
  process.env["AWS_REGION"] ??= "us-east-1";
  process.env["AWS_ACCESS_KEY_ID"] ??= "local";
  process.env["AWS_SECRET_ACCESS_KEY"] ??= "local";
  database = await startDatabase({ kind: "dynalite" });
  const names = await createTables(database.endpoint, `${randomUUID()}-`);
  proxy = createServer((request, response) => {
    const isWrite = String(request.headers["x-amz-target"]).endsWith(".PutItem");
    if (isWrite) writes += 1;
    const { method, headers, url } = request;
    const onward = httpRequest(`${database.endpoint}${url}`, { method, headers }, (answer) => {
      if (isWrite && losses-- > 0) answer.resume().on("end", () => request.socket.destroy());
      else answer.pipe(response.writeHead(Number(answer.statusCode), answer.headers));
    });
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as AddressInfo;
  client = dynamoClient({
    endpoint: `http://127.0.0.1:${port}`,
    requestMs: hangMs,
    connectMs: hangMs,
  });
  table = { client, name: String(names["Rooms"]) };
});
afterAll(async () => {
  client.destroy();
  proxy.closeAllConnections();
  proxy.close();
  await database.stop();
});

describe("a put whose answer is lost", () => {
  it("is known again as stored, once (promise 1)", async () => {
    const log = dynamoMessageLog(table);
    [losses, writes] = [1, 0];
    expect(await log.put("general", logEvent(1))).toBe("stored");
    expect(writes).toBe(2);
    const events = await log.list("general", { limit: 10, order: "oldest first" });
    expect(events).toEqual([logEvent(1)]);
  });

  it("is not taken for another try's put of the same message", async () => {
    const log = dynamoMessageLog(table);
    losses = 0;
    await log.put("general", logEvent(2));
    losses = 1;
    const anotherTry = { ...logEvent(2), tag: "another" };
    expect(await log.put("general", anotherTry)).toEqual(logEvent(2));
  });

  it("is unavailable, and not a defect, when no answer comes at all", async () => {
    const log = dynamoMessageLog(table);
    losses = 10;
    await expect(log.put("general", logEvent(3))).rejects.toMatchObject({ code: "unavailable" });
    losses = 0;
  });
});
