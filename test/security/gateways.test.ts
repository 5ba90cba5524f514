/**
 * A gateway that somebody planted in the Connections table: text, a signature and the session's
 * token must not be sent to it. What functions are composed of is asked, with nothing replaced.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { limits } from "../../lib/protocol/limits.ts";
import { type ScriptedGateway, scriptedGateway } from "../contract/scriptedGateway.ts";

const own = "https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/prod";
const frame = new TextEncoder().encode('{"type":"events"}');

let planted: ScriptedGateway;
let reported: string[];

beforeEach(async () => {
  planted = await scriptedGateway();
  reported = [];
  vi.spyOn(process.stderr, "write").mockImplementation((line) => reported.push(`${line}`) > 0);
  set({
    MANAGEMENT_ENDPOINT: own,
    FURTHER_GATEWAYS: "",
    PARLEY_LOCAL: "",
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "id",
    AWS_SECRET_ACCESS_KEY: "key",
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await planted.stop();
});

function set(environment: Record<string, string>): void {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
}

/** A function instance that has just started. */
async function poster() {
  vi.resetModules();
  return (await import("../../lib/runtime.ts")).sockets();
}

const at = (gateway: string) => ({ gateway, connectionId: "abc=" });

describe("a gateway that is planted in the Connections table", () => {
  it("is refused, and nothing is sent to it, not even when a connection is closed", async () => {
    const sockets = await poster();
    expect(await sockets.post(at(planted.url), frame, 2_000)).toBe("refused");
    expect(await sockets.close(at(planted.url), 2_000)).toBe("refused");
    expect(planted.sockets).toBe(0);
  });

  it("is reported once, however many connections name it", async () => {
    const sockets = await poster();
    for (let post = 0; post < 3; post += 1) await sockets.post(at(planted.url), frame, 2_000);
    expect(reported.map((line) => JSON.parse(line))).toEqual([
      { level: "error", what: "gateway not listed", gateway: planted.url },
    ]);
  });

  it("fills neither the log nor the memory when there are many", async () => {
    const sockets = await poster();
    for (let n = 0; n < limits.strangeGatewaysReported + 50; n += 1) {
      await sockets.post(at(`${planted.url}/${n}`), frame, 2_000);
    }
    expect(reported).toHaveLength(limits.strangeGatewaysReported);
    expect(planted.sockets).toBe(0);
  });

  it("is posted to when the deployment lists it, as is each that it lists", async () => {
    set({ FURTHER_GATEWAYS: `https://elsewhere.example,${planted.url}` });
    const sockets = await poster();
    expect(await sockets.post(at(planted.url), frame, 2_000)).toBe("delivered");
    await sockets.close(at(planted.url), 2_000);
    expect(planted.requests.map(({ method }) => method)).toEqual(["POST", "DELETE"]);
  });

  it("is posted to when it is on this machine, and the service is a local one", async () => {
    set({ PARLEY_LOCAL: "1" });
    const sockets = await poster();
    expect(await sockets.post(at(planted.url), frame, 2_000)).toBe("delivered");
  });

  it.each([
    ["another path of a listed host", `${own}/other`],
    ["the listed one with a slash more", `${own}/`],
    ["the listed one as a user's name", `${own.replace("/prod", "")}@192.0.2.1/prod`],
    ["the listed one over plain HTTP", own.replace("https", "http")],
    ["a machine that calls itself local", "http://localhost.example"],
    ["a local name before an @", "http://localhost@192.0.2.1"],
    ["an address in another notation", "http://192.0.2.1/#127.0.0.1"],
    ["what is no URL", "127.0.0.1"],
    ["nothing", ""],
  ])("is refused, in a local service as well, as %s", async (_case, gateway) => {
    set({ PARLEY_LOCAL: "1" });
    const sockets = await poster();
    expect(await sockets.post(at(gateway), frame, 2_000)).toBe("refused");
    expect(await sockets.close(at(gateway), 2_000)).toBe("refused");
  });
});
