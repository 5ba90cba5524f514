/** What posting promises, through a gateway that checks signatures and answers as AWS documents. */
import { describe, expect, it } from "vitest";
import { sdkSockets } from "../../lib/adapters/apigateway/sdkSockets.ts";
import { apiGatewaySockets } from "../../lib/adapters/apigateway/sockets.ts";
import { localCredentials, localRegion } from "../../local/emulator/database/tables.ts";
import { idOf, open, startFixture } from "../gateway/running.ts";
import { answerMs } from "./scriptedGateway.ts";

let fault: number | undefined;
const running = await startFixture({ intercept: () => fault });
const gateway = running.websocketUrl.replace("ws:", "http:");

const text = '{"text":"Grüße, 世界"}';
const frame = new TextEncoder().encode(text);
const adapters = { "our own poster": apiGatewaySockets, "the SDK's client": sdkSockets };

describe.each(Object.entries(adapters))("%s", (_, adapter) => {
  const signingAs = (identity: object) =>
    adapter({
      region: localRegion,
      credentials: async () => ({ ...localCredentials, ...identity }),
    });
  const sockets = signingAs({});
  const connected = async () => {
    const socket = await open(running);
    return { socket, to: { gateway, connectionId: await idOf(socket) } };
  };

  it("delivers to an open connection", async () => {
    const { socket, to } = await connected();
    expect(await sockets.post(to, frame, answerMs)).toBe("delivered");
    expect(await socket.next()).toEqual(JSON.parse(text));
  });

  it("delivers a frame again and again, to one connection after another", async () => {
    for (let n = 0; n < 3; n += 1) {
      const { socket, to } = await connected();
      expect(await sockets.post(to, frame, answerMs)).toBe("delivered");
      expect(await sockets.post(to, frame, answerMs)).toBe("delivered");
      expect([await socket.next(), await socket.next()]).toEqual(Array(2).fill(JSON.parse(text)));
    }
  });

  it("closes a connection, which is gone from then on", async () => {
    const { socket, to } = await connected();
    expect(await sockets.close(to, answerMs)).toBe("delivered");
    expect(await socket.closed).toMatchObject({ code: 1000 });
    expect(await sockets.post(to, frame, answerMs)).toBe("gone");
    expect(await sockets.close(to, answerMs)).toBe("gone");
  });

  it("is refused what is too large, and what can be no connection", async () => {
    const { to } = await connected();
    const tooLarge = new Uint8Array(128 * 1024 + 1);
    expect(await sockets.post(to, tooLarge, answerMs)).toBe("refused");
    expect(await sockets.post({ gateway, connectionId: "nobody" }, frame, answerMs)).toBe(
      "refused",
    );
  });

  it.each([
    ["another secret", { secretAccessKey: "other" }],
    ["an unknown key", { accessKeyId: "other" }],
  ])("is refused with %s", async (_what, identity) => {
    const { to } = await connected();
    expect(await signingAs(identity).post(to, frame, answerMs)).toBe("refused");
  });

  it("signs its session token, and may do what its role allows", async () => {
    const { socket, to } = await connected();
    const poster = signingAs({ sessionToken: "poster" });
    expect(await poster.post(to, frame, answerMs)).toBe("delivered");
    expect(await socket.next()).toEqual(JSON.parse(text));
    await poster.close(to, answerMs);
    expect(await poster.post(to, frame, answerMs)).toBe("delivered");
  });

  it.each([
    [429, "throttled"],
    [410, "gone"],
    [500, "failed"],
  ] as const)("takes its %i for %s", async (status, result) => {
    const { to } = await connected();
    fault = status;
    expect(await sockets.post(to, frame, answerMs)).toBe(result);
    fault = undefined;
  });
});
