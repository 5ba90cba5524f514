/** GET /gateway: which one, and what when there is none. */
import { beforeEach, describe, expect, it } from "vitest";
import {
  type ChooseGatewayPorts,
  chooseGateway,
} from "../../lib/actions/gateways/chooseGateway.ts";
import { countKeptMs, occupancy } from "../../lib/actions/gateways/occupancy.ts";
import type { Gateway } from "../../lib/protocol/gateways.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { nowMs } from "../support/fixtures.ts";

let gateways: Gateway[];
let connections: Record<string, number>;
let counts: number;
let elapsedMs: number;
let ports: ChooseGatewayPorts;
let reports: string[];
beforeEach(() => {
  gateways = [];
  connections = {};
  counts = 0;
  elapsedMs = 0;
  reports = [];
  ports = {
    gatewayList: { list: async () => gateways },
    gatewayConnections: {
      async count(endpoint) {
        counts += 1;
        return connections[endpoint] ?? 0;
      },
    },
    occupancy: occupancy(),
    clock: { nowMs: () => nowMs + elapsedMs },
    report: (what) => void reports.push(what),
    ownGateway: () => ({ url: "wss://own", gateway: "own" }),
  };
});

const gateway = (name: string, changes: Partial<Gateway> = {}): Gateway => ({
  name,
  url: `wss://${name}`,
  endpoint: `https://${name}`,
  weight: 1,
  state: "open",
  ...changes,
});
const chosen = async (user: string, failed?: string) =>
  (await chooseGateway({ failed }, { user }, ports)).gateway;
/** How many of so many users are sent where; each of them connects there. */
async function send(users: number): Promise<Record<string, number>> {
  const sent: Record<string, number> = {};
  for (let user = 0; user < users; user += 1) {
    const name = await chosen(`user-${user}`).catch((error) => error.code);
    sent[name] = (sent[name] ?? 0) + 1;
    connections[`https://${name}`] = (connections[`https://${name}`] ?? 0) + 1;
    elapsedMs += 500;
  }
  return sent;
}

describe("with no gateways configured", () => {
  it("is the deployment's own, also for who says that it failed", async () => {
    expect(await chooseGateway({}, { user: "alice" }, ports)).toEqual(ports.ownGateway());
    expect(await chosen("alice", "own")).toBe("own");
  });
});

describe("with several gateways", () => {
  it("is one of them, by URL and name, and the same as long as nothing changes", async () => {
    gateways = [gateway("eu-1"), gateway("eu-2"), gateway("eu-3")];
    const first = await chooseGateway({}, { user: "alice" }, ports);
    expect(gateways).toContainEqual(
      expect.objectContaining({ name: first.gateway, url: first.url }),
    );
    gateways.reverse();
    expect(await chooseGateway({}, { user: "alice" }, ports)).toEqual(first);
    expect(counts).toBe(0);
  });

  it("is another one for who says that it failed, and the best when all did", async () => {
    gateways = [gateway("eu-1"), gateway("eu-2")];
    const best = await chosen("alice");
    const other = await chosen("alice", `${best},gone-since`);
    expect([best, other].sort()).toEqual(["eu-1", "eu-2"]);
    expect(await chosen("alice", "eu-1,eu-2")).toBe(best);
  });

  it("is never a draining one; when all are, the client is told to ask again", async () => {
    gateways = [gateway("eu-1", { state: "draining" }), gateway("eu-2")];
    for (let user = 0; user < 50; user += 1) expect(await chosen(`user-${user}`)).toBe("eu-2");
    expect(await chosen("alice", "eu-2")).toBe("eu-2");
    gateways = [gateway("eu-1", { state: "draining" })];
    await expect(chosen("alice")).rejects.toMatchObject({
      code: "unavailable",
      retryAfterMs: limits.gatewaysFullMs,
    });
    expect(reports).toEqual(["no gateway has room"]);
  });
});

describe("with capacities", () => {
  it("fills nodes of 10 and 15 connections to the last place, and then says so", async () => {
    gateways = [gateway("a", { capacity: 10 }), gateway("b", { capacity: 15 })];
    expect(await send(28)).toEqual({ a: 10, b: 15, unavailable: 3 });
  });

  it("sends no more than fit when all ask at once", async () => {
    gateways = [gateway("a", { capacity: 10 }), gateway("b", { capacity: 15 })];
    const asked = Array.from({ length: 25 }, (_, user) => chosen(`user-${user}`));
    const names = await Promise.all(asked);
    expect(names.filter((name) => name === "a")).toHaveLength(10);
    await expect(chosen("one-more")).rejects.toMatchObject({ code: "unavailable" });
  });

  it("sends a user back to the best one when it has room again", async () => {
    gateways = [gateway("a", { capacity: 1 }), gateway("b")];
    let user = "alice";
    for (let n = 1; (await chosen(user)) !== "a"; n += 1) user = `user-${n}`;
    connections["https://a"] = 1;
    elapsedMs += limits.countKeptMsMax;
    expect(await chosen(user)).toBe("b");
    connections["https://a"] = 0;
    elapsedMs += limits.countKeptMsMax;
    expect(await chosen(user)).toBe("a");
  });

  it("counts a gateway again when it may be full, and not before", async () => {
    gateways = [gateway("a", { capacity: 10_500 })];
    connections["https://a"] = 500;
    for (let user = 0; user < 100; user += 1) await chosen(`user-${user}`);
    expect(counts).toBe(1);
    elapsedMs += 19_999;
    await chosen("alice");
    expect(counts).toBe(1);
    elapsedMs += 1;
    await chosen("alice");
    expect(counts).toBe(2);
  });
});

describe("a count", () => {
  it.each([
    ["an empty small one", 25, 0, limits.countKeptMsMin],
    ["a small one that is full", 25, 25, limits.countKeptMsMin],
    ["a large one that is far from full", 100_000, 0, limits.countKeptMsMax],
    ["a large one with 10,000 places left", 50_000, 40_000, 20_000],
    ["a large one that is full, or more than that", 50_000, 50_001, 5_000],
  ])("of %s is kept no longer than it takes to fill it up", (_case, capacity, count, keptMs) => {
    expect(countKeptMs(capacity, count)).toBe(keptMs);
  });

  it("that is kept lets a large gateway go over its capacity by its share at most", () => {
    for (const capacity of [10_000, 50_000, 500_000]) {
      const gainedAtMost = (keptMs: number) => (keptMs * limits.connectsPerSecond) / 1_000;
      for (const free of [0, 1, capacity / 100, capacity / 2, capacity]) {
        const over = gainedAtMost(countKeptMs(capacity, capacity - free)) - free;
        expect(over).toBeLessThanOrEqual(capacity * limits.overfullShare);
      }
    }
  });
});
