/** Asking for a gateway in a loop, which must not keep others from theirs. */
import { expect, it, vi } from "vitest";
import { occupancy } from "../../lib/actions/gateways/occupancy.ts";
import { attacked, signed } from "./attacked.ts";

const capacity = 10;
vi.mock("../../lib/runtime.ts", async () => {
  const runtime = (await import("./attacked.ts")).attackedRuntime();
  const endpoint = "https://small.example";
  const small = { name: "small", url: "wss://small.example", endpoint, weight: 1, state: "open" };
  const gateways = [{ ...small, capacity }];
  const connected = { count: async () => 0 };
  const ports = {
    gatewayList: { list: async () => gateways },
    gatewayConnections: connected,
    occupancy: occupancy(),
    clock: runtime.clock,
    report: runtime.report,
  };
  return { ...runtime, gatewayPorts: () => ports };
});
const { askHttp, here } = await attacked();
const statusFor = async (sub: string) =>
  (await askHttp("GET /gateway", { token: await signed({ sub }) })).status;

it("fills no small gateway by asking for it in a loop: a user counts once", async () => {
  for (let asked = 0; asked < 10 * capacity; asked += 1) {
    expect(await statusFor("mallory")).toBe(200);
  }
  const others = Array.from({ length: capacity }, (_, n) => `user-${n}`);
  const statuses = await Promise.all(others.map(statusFor));
  expect(statuses.sort()).toEqual([...Array(capacity - 1).fill(200), 503]);
  // Also when the gateway has been counted anew, and she asks while that is under way.
  here.pass(60_000);
  const asks = ["mallory", "mallory", ...others].map(statusFor);
  expect((await Promise.all(asks)).filter((status) => status === 200)).toHaveLength(1 + capacity);
});
