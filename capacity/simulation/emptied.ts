/** A gateway is drained as its operator would: by the service's own action, at its own pace. */
import type { ConnectionEnd } from "../../client/reconnect.ts";
import { drain } from "../../local/drain.ts";
import { memorySubscriptions } from "../../test/support/memory/subscriptions.ts";
import type { Simulation } from "./simulation.ts";

const pageSize = 1_000;

/** `perSecond`: the action's own when not given. */
export async function emptied(simulation: Simulation, gateway: number, perSecond?: number) {
  const { fleet } = simulation;
  const { endpoint } = fleet.gateways[gateway] as { endpoint: string };
  const ports = {
    clock: {
      nowMs: () => simulation.nowMs,
      wait: (ms: number) =>
        new Promise<void>((resolve) => simulation.at(simulation.nowMs + ms, resolve)),
    },
    gatewayConnections: {
      count: async () => fleet.count(gateway, simulation.nowMs),
      async *list() {
        let page: string[] = [];
        for (let user = 0; user < simulation.users; user += 1) {
          if (!simulation.isOn(user, gateway)) continue;
          page.push(String(user));
          if (page.length < pageSize) continue;
          yield page;
          page = [];
        }
        yield page;
      },
    },
    sockets: {
      async post(to: { connectionId: string }, bytes: Uint8Array) {
        const user = Number(to.connectionId);
        if (!simulation.isOn(user, gateway)) return "gone" as const;
        const { code, afterMs } = JSON.parse(new TextDecoder().decode(bytes));
        simulation.hit(user, { code, afterMs, wasConnecting: false } satisfies ConnectionEnd);
        return "delivered" as const;
      },
      close: async () => "delivered" as const,
    },
    // Of those who had gone by themselves nothing is left to forget.
    connections: { findAll: async () => [], removeAll: async () => {}, end: async () => undefined },
    subscriptions: memorySubscriptions(),
    random: () => 0.5,
    report: () => {},
    measure: () => {},
  };
  return drain(endpoint, ports, perSecond);
}
