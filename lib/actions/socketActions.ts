/**
 * The actions that a client asks for over a socket, but `send`, which has a function of its own.
 * This is where a new action is added; handlers, the simulation and the price of an attack all run
 * this table.
 */
import type { ConnectedCaller } from "../model.ts";
import type { Ports } from "../ports.ts";
import type { ClientFrame } from "../protocol/clientFrames.ts";
import { ping } from "./connections/ping.ts";
import { history } from "./messages/history.ts";
import { sync } from "./messages/sync.ts";
import { block } from "./people/block.ts";
import { blocks } from "./people/blocks.ts";
import { focus } from "./people/focus.ts";
import { hello } from "./people/hello.ts";
import { read } from "./people/read.ts";
import { typing } from "./people/typing.ts";
import { who } from "./people/who.ts";
import { ban } from "./rooms/ban.ts";
import { bans } from "./rooms/bans.ts";
import { close } from "./rooms/close.ts";
import { configure } from "./rooms/configure.ts";
import { create } from "./rooms/create.ts";
import { decline } from "./rooms/decline.ts";
import { grant } from "./rooms/grant.ts";
import { invite } from "./rooms/invite.ts";
import { join } from "./rooms/join.ts";
import { kick } from "./rooms/kick.ts";
import { leave } from "./rooms/leave.ts";
import { members } from "./rooms/members.ts";
import { mute } from "./rooms/mute.ts";
import { reopen } from "./rooms/reopen.ts";
import { unban } from "./rooms/unban.ts";
import { uninvite } from "./rooms/uninvite.ts";

/** What is done to rooms and members, over a socket or HTTP. */
export const roomActions = {
  create,
  configure,
  grant,
  invite,
  uninvite,
  decline,
  kick,
  ban,
  unban,
  bans,
  mute,
  close,
  reopen,
  members,
};

/** What is between users and names no room, over a socket or HTTP. */
export const userActions = { block, blocks };

export const socketActions = {
  hello,
  join,
  leave,
  sync,
  history,
  read,
  who,
  focus,
  ping,
  typing,
  ...roomActions,
  ...userActions,
};

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
