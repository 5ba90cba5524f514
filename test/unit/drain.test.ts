/** Emptying a gateway: everybody on it is told, at a pace, and nobody else. */
import { beforeEach, expect, it } from "vitest";
import { connect } from "../../lib/actions/connections/connect.ts";
import { disconnectCodes } from "../../lib/protocol/codes.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { type DrainPorts, drain } from "../../local/drain.ts";
import { connectionOf } from "../support/fixtures.ts";
import { memoryConnections } from "../support/memory/connections.ts";
import { type World, world } from "../support/world.ts";

const here = "https://here.example/dev";
let service: World;
let ports: DrainPorts;
let closedAtMs: number[];
beforeEach(() => {
  service = world();
  const { onGateways: gatewayConnections, ...connections } = memoryConnections();
  closedAtMs = [];
  const { sockets, clock } = service.ports;
  ports = {
    ...service.ports,
    connections,
    gatewayConnections,
    sockets: {
      post: sockets.post,
      // As a gateway does: its `$disconnect` forgets the connection.
      async close(connection, withinMs) {
        closedAtMs.push(clock.nowMs());
        await connections.removeAll([connection.connectionId]);
        return sockets.close(connection, withinMs);
      },
    },
  };
});

async function connected(connectionId: string, changes = {}) {
  const connectedAtMs = service.ports.clock.nowMs();
  const connection = connectionOf(`user of ${connectionId}`, {
    connectionId,
    gateway: here,
    connectedAtMs,
    ...changes,
  });
  await connect(connection, ports as never);
  return connection;
}
async function manyConnected(count: number) {
  for (let index = 0; index < count; index += 1) await connected(`c-${index}`);
}

it("tells every connection of the gateway why, closes it, and leaves others alone", async () => {
  await manyConnected(3);
  await connected("elsewhere", { gateway: "https://there.example/dev" });
  expect(await drain(here, ports)).toEqual({ told: 3, gone: 0, untold: 0, isEmpty: true });
  const { sockets } = service.ports;
  const { meaning: message, reconnect, afterMs } = disconnectCodes.draining;
  for (const id of ["c-0", "c-1", "c-2"]) {
    expect(sockets.framesOf(id)).toEqual([
      { type: "disconnect", code: "draining", message, reconnect, afterMs },
    ]);
  }
  expect(sockets.closed.sort()).toEqual(["c-0", "c-1", "c-2"]);
  expect(sockets.attempts).not.toContain("elsewhere");
});

it("sends no more away in any second than it may", async () => {
  await manyConnected(95);
  expect(await drain(here, ports, 20)).toMatchObject({ told: 95, isEmpty: true });
  for (const [index, ms] of closedAtMs.entries()) {
    // The one that is a wave further on is at least a second later.
    expect((closedAtMs[index + 20] ?? Number.POSITIVE_INFINITY) - ms).toBeGreaterThanOrEqual(1_000);
  }
});

it("begins when everybody who chooses gateways must have heard of it", async () => {
  await manyConnected(1);
  const startedAtMs = service.ports.clock.nowMs();
  await drain(here, ports);
  expect(closedAtMs[0]).toBe(startedAtMs + limits.gatewaysKeptMs);
});

it("finds those who come while it works", async () => {
  await manyConnected(2);
  let late = 3;
  const drained = await drain(here, ports, 10, () => {
    late -= 1;
    if (late > 0) void connected(`late-${late}`);
  });
  expect(drained).toMatchObject({ told: 4, isEmpty: true });
});

it("tells nobody twice whom the index still shows", async () => {
  await manyConnected(2);
  const { removeAll: _, ...kept } = ports.connections;
  const frozen = { ...ports, connections: { ...kept, removeAll: async () => {} } };
  frozen.sockets = service.ports.sockets;
  expect(await drain(here, frozen)).toMatchObject({ told: 2, isEmpty: true });
  expect(service.ports.sockets.attempts).toHaveLength(2);
});

it("gives up on a gateway that its clients always come back to, and says so", async () => {
  let count = 0;
  await connected("c-0");
  const drained = await drain(here, ports, 10, () => {
    count += 1;
    void connected(`c-${count}`);
  });
  expect(drained).toEqual({ told: limits.drainRounds, gone: 0, untold: 0, isEmpty: false });
});

it("forgets who is gone, and waits for those whose handshake is not over", async () => {
  // To the millisecond: the first round looks when everybody must have heard of the draining.
  const lookedAtMs = service.ports.clock.nowMs() + limits.gatewaysKeptMs;
  await connected("ghost", { connectedAtMs: lookedAtMs - limits.handshakeMs });
  await connected("young", { connectedAtMs: lookedAtMs - limits.handshakeMs + 1 });
  const { sockets } = service.ports;
  sockets.answer("ghost", "gone");
  let tries = 0;
  sockets.answer("young", () => (++tries === 1 ? "gone" : "delivered"));
  expect(await drain(here, ports)).toEqual({ told: 1, gone: 1, untold: 0, isEmpty: true });
  expect(await ports.connections.findAll(["ghost"])).toEqual([]);
});

it("closes whom it cannot tell, and is done with a gateway that answers nothing", async () => {
  await manyConnected(2);
  service.ports.sockets.answer("c-0", "failed");
  expect(await drain(here, ports)).toEqual({ told: 1, gone: 0, untold: 1, isEmpty: true });
  expect(service.ports.sockets.closed.sort()).toEqual(["c-0", "c-1"]);
});
