/** `@connections`: who may ask, what the answers are called, and what the client sees of it. */
import { request } from "node:http";
import { text } from "node:stream/consumers";
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Content, idOf, open, startFixture } from "./running.ts";

/** What the gateway was asked, and the faults that tests order. */
const asked: Content[] = [];
let fault: number | undefined;
const gateway = await startFixture({
  intercept: (what) => {
    asked.push(what);
    return fault;
  },
});
const endpoint = gateway.websocketUrl.replace("ws:", "http:");
const KB = 1024;

const post = (ConnectionId: string, Data: string | Buffer = '"hi"', client = gateway.management) =>
  client.send(new PostToConnectionCommand({ ConnectionId, Data }));
const get = (ConnectionId: string) =>
  gateway.management.send(new GetConnectionCommand({ ConnectionId }));
const remove = (ConnectionId: string) =>
  gateway.management.send(new DeleteConnectionCommand({ ConnectionId }));

const error = (status: number, name: string) => ({
  name,
  $metadata: { httpStatusCode: status },
});
const ok = (status: number) => ({ $metadata: { httpStatusCode: status } });
const gone = error(410, "GoneException");

function clientOf(changes: object) {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const options = { endpoint, region: "us-east-1", maxAttempts: 1, credentials, ...changes };
  const client = new ApiGatewayManagementApiClient(options);
  onTestFinished(() => client.destroy());
  return client;
}

/** Past the SDK. */
async function raw(method: string, path: string, headers = {}) {
  const sent = request(`${endpoint}${path}`, { method, headers }).end();
  const response = await new Promise<Content>((resolve) => sent.once("response", resolve));
  const type = response.headers["x-amzn-errortype"];
  return { status: response.statusCode, type, body: JSON.parse(await text(response)) };
}

describe("POST", () => {
  it("answers 200, and the client gets a text message", async () => {
    const socket = await open(gateway);
    expect(await post(await idOf(socket), '{"posted":"é"}')).toMatchObject(ok(200));
    expect(await socket.next()).toEqual({ posted: "é" });
    expect(socket.webSocket.isPaused).toBe(false);
  });

  it("accepts 128 KB, and answers 413 to one byte more", async () => {
    const socket = await open(gateway);
    const id = await idOf(socket);
    const data = (bytes: number) => `"${"x".repeat(bytes - 2)}"`;
    await post(id, data(128 * KB));
    expect(await socket.next()).toHaveLength(128 * KB - 2);
    const refused = error(413, "PayloadTooLargeException");
    await expect(post(id, data(128 * KB + 1))).rejects.toMatchObject(refused);
    await expect(post(id, data(2048 * KB))).rejects.toMatchObject(refused);
  });

  it.each([
    ["closed it", (socket: Content) => socket.webSocket.close()],
    ["vanished", (socket: Content) => socket.webSocket.terminate()],
  ])("answers 410 when the client has %s", async (_, leave) => {
    const socket = await open(gateway);
    const id = await idOf(socket);
    leave(socket);
    const isOfIt = (event: Content): event is Content =>
      event.requestContext?.connectionId === id && event.requestContext.eventType === "DISCONNECT";
    await gateway.told.next("$disconnect", isOfIt);
    await expect(post(id)).rejects.toMatchObject(gone);
  });

  it("answers 400 to an id that no connection can have", async () => {
    await expect(post("nobody")).rejects.toMatchObject(error(400, "BadRequestException"));
  });

  it("answers with the status that a test sets, and tells it the caller", async () => {
    const id = await idOf(await open(gateway));
    for (const [status, name] of [
      [429, "LimitExceededException"],
      [410, "GoneException"],
      [403, "ForbiddenException"],
    ] as const) {
      fault = status;
      await expect(post(id)).rejects.toMatchObject(error(status, name));
    }
    fault = undefined;
    expect(asked.at(-1)).toEqual({ method: "POST", connectionId: id });
    await post(id);
  });
});

describe("GET", () => {
  it("returns the time of connection, of the last activity, and the client", async () => {
    const socket = await open(gateway);
    const id = await idOf(socket);
    const before = await get(id);
    expect(before).toMatchObject({ Identity: { SourceIp: expect.any(String) } });
    const { event } = await socket.ask({ action: "echo" });
    expect(before.ConnectedAt?.getTime()).toBe(event.requestContext.connectedAt);
    const lastActiveAt = (await get(id)).LastActiveAt;
    expect(lastActiveAt?.getTime()).toBeGreaterThanOrEqual(before.LastActiveAt?.getTime() ?? 0);
  });

  it("answers 410 for an unknown connection", async () => {
    await expect(get("L0SM9cOFvHcCIhw=")).rejects.toMatchObject(gone);
  });
});

describe("DELETE", () => {
  it("answers 204, the client sees 1000, and $disconnect runs", async () => {
    const socket = await open(gateway);
    const id = await idOf(socket);
    expect(await remove(id)).toMatchObject(ok(204));
    expect(await socket.closed).toMatchObject({ code: 1000 });
    const { requestContext } = await gateway.told.next(
      "$disconnect",
      (event): event is Content => event.requestContext?.disconnectStatusCode === 1000,
    );
    expect(requestContext).toMatchObject({
      connectionId: id,
      disconnectReason: "Connection Closed Normally",
    });
    await expect(remove(id)).rejects.toMatchObject(gone);
  });

  it("makes the connection gone at once, before the client has agreed", async () => {
    const socket = await open(gateway);
    const id = await idOf(socket);
    socket.webSocket.pause();
    await remove(id);
    await expect(post(id)).rejects.toMatchObject(gone);
  });
});

describe("a request", () => {
  it("that is not signed is refused with 403", async () => {
    expect(await raw("POST", "/@connections/L0SM9cOFvHcCIhw%3D")).toMatchObject({
      status: 403,
      type: "MissingAuthenticationTokenException",
    });
  });

  it.each<[string, object, string]>([
    ["with another secret", { secretAccessKey: "other" }, "InvalidSignatureException"],
    ["with an unknown key", { accessKeyId: "other" }, "UnrecognizedClientException"],
  ])("that is signed %s is refused with 403", async (_, changes, name) => {
    const credentials = { accessKeyId: "local", secretAccessKey: "local", ...changes };
    const id = await idOf(await open(gateway));
    const client = clientOf({ credentials });
    await expect(post(id, "1", client)).rejects.toMatchObject(error(403, name));
  });

  it("that is signed by a clock ten minutes late is refused with 403", async () => {
    const client = clientOf({ systemClockOffset: -600_000 });
    const refused = error(403, "InvalidSignatureException");
    await expect(post("L0SM9cOFvHcCIhw=", "1", client)).rejects.toMatchObject(refused);
  });

  it("that was changed after it was signed is refused with 403", async () => {
    const client = clientOf({});
    client.middlewareStack.add(
      (next) => (args: Content) => {
        args.request.body = "another";
        args.request.headers["content-length"] = "7";
        return next(args);
      },
      { step: "finalizeRequest", priority: "low" },
    );
    const refused = error(403, "InvalidSignatureException");
    await expect(post("L0SM9cOFvHcCIhw=", "1", client)).rejects.toMatchObject(refused);
  });

  it("for a stage, or to any other path, is forbidden", async () => {
    const forbidden = { status: 403, type: "ForbiddenException", body: { message: "Forbidden" } };
    for (const path of ["/", "/dev/@connections/L0SM9cOFvHcCIhw%3D", "/@connections/a/b"]) {
      expect(await raw("GET", path)).toEqual(forbidden);
    }
  });

  it("of a function may do what its role allows, and no more", async () => {
    const socket = await open(gateway);
    const denied = { status: 403, name: "AccessDeniedException" };
    expect(await socket.ask({ action: "manage", method: "GET" })).toEqual(denied);
    expect(await socket.ask({ action: "manage", method: "DELETE" })).toEqual(denied);
    expect(await socket.ask({ action: "manage", method: "POST" })).toBe("posted");
    expect(await socket.next()).toEqual({ status: 200 });
    expect(asked.at(-1)).toMatchObject({ method: "POST", functionName: "poster" });
  });
});
