/** Which function a frame runs, what of its answer arrives, and what a gateway says by itself. */
import { describe, expect, it } from "vitest";
import { type Content, idOf, open, type Socket, startFixture } from "./running.ts";

const gateway = await startFixture();
const closed = await startFixture({}, "fixture/closed/");
const KB = 1024;

const requestId = expect.stringMatching(/^[0-9a-f-]{36}$/);
const errorFrame = (connectionId: string, message: string) => ({
  message,
  connectionId,
  requestId,
});

const goodbye = (connectionId: string) =>
  gateway.told.next(
    "$disconnect",
    (event): event is Content =>
      event.requestContext?.eventType === "DISCONNECT" &&
      event.requestContext.connectionId === connectionId,
  );

describe("a frame", () => {
  it.each([
    ["names its route by its action", '{"action":"echo"}', "echo"],
    ["of no route runs $default, as such", '{"action":"other"}', "$default"],
    ["that names $connect runs $default", '{"action":"$connect"}', "$default"],
    ["that names $disconnect runs $default", '{"action":"$disconnect"}', "$default"],
    ["that is no JSON runs $default", "hello", "$default"],
    ["that is empty runs $default", "", "$default"],
    ["with no action runs $default", '{"text":"hi"}', "$default"],
    ["with an object as action runs $default", '{"action":{"action":"echo"}}', "$default"],
    ["with an inherited action runs $default", '{"action":"__proto__"}', "$default"],
  ])("that %s", async (_, frame, routeKey) => {
    const { event } = await (await open(gateway)).ask(frame);
    expect(event).toMatchObject({
      body: frame,
      isBase64Encoded: false,
      requestContext: { routeKey, eventType: "MESSAGE", messageDirection: "IN" },
    });
  });

  it("of no route is forbidden if there is no $default", async () => {
    const socket = await open(closed, "?key=k");
    const id = await idOf(socket);
    expect(await socket.ask({ action: "other" })).toEqual(errorFrame(id, "Forbidden"));
  });

  it.each([
    ["from a route without a route response", { action: "quiet" }, "quiet"],
    ["when a route response has no body", { action: "obey", how: "no body" }, "obey"],
  ])("gets no answer %s", async (_, frame, functionName) => {
    const socket = await open(gateway);
    socket.send(frame);
    await gateway.answered.next(functionName, (name): name is string => name === functionName);
    // What had been sent for it would come first.
    const { event } = await socket.ask({ action: "echo" });
    expect(event.requestContext.routeKey).toBe("echo");
  });

  it.each([
    ["throw", "obey"],
    ["nothing", "obey"],
    ["text", "obey"],
    ["exit", "obey"],
    ["hang", "impatient"],
    ["loop", "impatient"],
  ])("whose function is told to %s gets an error frame, and the socket lives", async (...told) => {
    const [how, action] = told;
    const socket = await open(gateway);
    const id = await idOf(socket);
    const error = errorFrame(id, "Internal server error");
    expect(await socket.ask({ action, how })).toEqual(error);
    expect(await socket.ask({ action: "obey", how: "answer" })).toMatchObject({ how: "answer" });
  });
});

describe("a message", () => {
  const padded = (bytes: number) => `{"action":"echo"}${" ".repeat(bytes - 17)}`;

  it("of 128 KB in frames of 32 KB is one event", async () => {
    const socket = await open(gateway);
    sendInFrames(socket, padded(128 * KB), 32 * KB);
    expect((await socket.next()).event.body).toHaveLength(128 * KB);
  });

  it("with a frame of more than 32 KB ends the connection with 1009", async () => {
    const socket = await open(gateway);
    expect((await socket.ask(padded(32 * KB))).event.body).toHaveLength(32 * KB);
    socket.send(padded(32 * KB + 1));
    expect(await socket.closed).toMatchObject({ code: 1009 });
  });

  it("of more than 128 KB ends the connection with 1009, also in small frames", async () => {
    const socket = await open(gateway);
    const id = await idOf(socket);
    sendInFrames(socket, padded(128 * KB + 1), 32 * KB);
    expect(await socket.closed).toMatchObject({ code: 1009 });
    expect((await goodbye(id)).requestContext.disconnectStatusCode).toBe(1009);
  });

  it("in binary ends the connection with 1003", async () => {
    const socket = await open(gateway);
    const id = await idOf(socket);
    socket.send(Buffer.from('{"action":"echo"}'));
    expect(await socket.closed).toMatchObject({ code: 1003 });
    expect((await goodbye(id)).requestContext.disconnectStatusCode).toBe(1003);
  });
});

describe("$disconnect", () => {
  const clientSide = "Client-side close frame status not set";
  it.each<[string, (socket: Socket) => void, object]>([
    [
      "the client's code and reason",
      ({ webSocket }) => webSocket.close(4001, "bye"),
      { disconnectStatusCode: 4001, disconnectReason: "bye" },
    ],
    [
      "1005 when the client gave no code",
      ({ webSocket }) => webSocket.close(),
      { disconnectStatusCode: 1005, disconnectReason: clientSide },
    ],
    [
      "1006 when the client just vanished",
      ({ webSocket }) => webSocket.terminate(),
      { disconnectStatusCode: 1006 },
    ],
  ])("is told %s, and who it was", async (_, leave, expected) => {
    const socket = await open(gateway);
    const id = await idOf(socket);
    leave(socket);
    const authorizer = { user: "alice" };
    expect((await goodbye(id)).requestContext).toMatchObject({ ...expected, authorizer });
  });
});

function sendInFrames({ webSocket }: Socket, text: string, frameBytes: number): void {
  for (let at = 0; at < text.length; at += frameBytes) {
    const fin = at + frameBytes >= text.length;
    webSocket.send(text.slice(at, at + frameBytes), { fin });
  }
}
