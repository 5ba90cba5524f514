/**
 * The composition root composed of memory, for tests of the handlers: give it to `vi.mock` in place
 * of lib/runtime.ts, which is ours and not the SDK's. `here` is the world behind it.
 */
import type { SocketEvent } from "../../handlers/boundary.ts";
import type { ChargePorts } from "../../lib/actions/budget.ts";
import type { ConnectedCaller } from "../../lib/model.ts";
import { memorySpending } from "./memory/spending.ts";
import { type World, world } from "./world.ts";

export function memoryRuntime(here: World = world()) {
  const { ports } = here;
  return {
    here,
    clock: ports.clock,
    report: ports.report,
    note: ports.report,
    measure: ports.measure,
    invoked: <H>(handle: H): H => handle,
    publishPorts: () => ports,
    forgetPorts: () => ports,
    sendPorts: () => ports,
    allPorts: () => ports,
    connectPorts: () => ports,
    ownGateway: () => "http://gateway-1",
    /** What the next requests have to wait; 0 grants them. */
    waitMs: 0,
    chargePorts(): ChargePorts {
      const { clock, report } = ports;
      const budget = { take: () => ({ waitMs: this.waitMs }), learn() {} };
      return { budget, spending: memorySpending(), clock, report };
    },
  };
}
export type MemoryRuntime = ReturnType<typeof memoryRuntime>;

/** The event of a caller's frame, as a gateway hands it to a function. */
export function socketEvent(
  { user, expiresAtMs, connection, isAdmin }: ConnectedCaller,
  body: string,
  eventType: "CONNECT" | "MESSAGE" | "DISCONNECT" = "MESSAGE",
): SocketEvent {
  return {
    body,
    requestContext: {
      connectionId: connection.connectionId,
      connectedAt: connection.connectedAtMs,
      eventType,
      requestId: "request-1",
      authorizer: {
        user: encodeURIComponent(user),
        name: "Name",
        expiresAtMs: String(expiresAtMs),
        ...(isAdmin && { isAdmin: "true" }),
      },
    },
  };
}
