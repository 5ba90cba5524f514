/**
 * The actions of `POST /actions/{action}`: those of `actionTable`, and `send`. It does not compile
 * while an action is missing that is not about a connection.
 */
import type { Caller, Identity } from "../model.ts";
import type { Ports } from "../ports.ts";
import { actions, type HttpAction } from "../protocol/actions.ts";
import type { ClientFrame } from "../protocol/clientFrames.ts";
import { limits } from "../protocol/limits.ts";
import type { ServerFrame } from "../protocol/serverFrames.ts";
import { actionTable } from "./actionTable.ts";
import { type SendFrame, type SendPorts, send } from "./messages/send.ts";

/** The reply waits for the pushes: when it is sent, the function may be frozen. */
export const sendOverHttp = (frame: SendFrame, caller: Caller, ports: SendPorts) =>
  send(frame, caller, ports, { publishMs: limits.awaitedPublishMs });

type Run<A extends HttpAction> = (
  frame: ClientFrame<A>,
  caller: Identity,
  ports: Ports,
) => Promise<ServerFrame>;

export const httpActions: { readonly [A in HttpAction]: Run<A> } = {
  ...actionTable,
  send: sendOverHttp,
};

/** Perform an action: its reply without the type, and 201 where it has made something. */
export async function performOverHttp(
  frame: ClientFrame<HttpAction>,
  caller: Identity,
  ports: Ports,
): Promise<{ status: number; body: Omit<ServerFrame, "type"> }> {
  // The compiler cannot follow a frame to its action through a table.
  const run = httpActions[frame.action] as Run<never>;
  const { type: _, ...body } = await run(frame as never, caller, ports);
  const hasMade = "makes" in actions[frame.action] && !("duplicate" in body);
  return { status: hasMade ? 201 : 200, body };
}
