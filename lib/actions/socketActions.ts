/**
 * The actions that a client asks for over a socket, but `send`, which has a function of its own:
 * those of `actionTable`, and those that are about a connection.
 */
import type { ConnectedCaller } from "../model.ts";
import type { Ports } from "../ports.ts";
import type { ClientFrame } from "../protocol/clientFrames.ts";
import { actionTable } from "./actionTable.ts";
import { ping } from "./connections/ping.ts";
import { sync } from "./messages/sync.ts";
import { focus } from "./people/focus.ts";
import { typing } from "./people/typing.ts";

export const socketActions = { ...actionTable, sync, focus, ping, typing };

export type SocketActions = typeof socketActions;
type Run<A extends keyof SocketActions> = (
  frame: ClientFrame<A>,
  caller: ConnectedCaller,
) => ReturnType<SocketActions[A]>;

/** The actions of a table, each with the ports of the moment when it runs. */
export function withPorts(
  table: SocketActions,
  portsNow: () => Ports,
): { [A in keyof SocketActions]: Run<A> } {
  const bound = Object.entries(table).map(([name, action]) => {
    // The compiler cannot follow a frame to its action through a table.
    const run = action as (frame: unknown, caller: ConnectedCaller, ports: Ports) => unknown;
    return [name, (frame: unknown, caller: ConnectedCaller) => run(frame, caller, portsNow())];
  });
  return Object.fromEntries(bound);
}
