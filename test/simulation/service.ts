/**
 * The functions of the service for one operation: the real boundary (handlers/boundary.ts, and
 * boundaryHttp.ts) around the actions, over the ports of that operation. Both the actions and the
 * boundary are values here, so that a test can put a broken one in place of a real one. Only the
 * tables of what a function serves are said again, since those of the handlers take lib/runtime.ts.
 */
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { frameBoundary, type Surroundings } from "../../handlers/boundary.ts";
import { type HttpRuns, onRequest } from "../../handlers/boundaryHttp.ts";
import type { ChargePorts } from "../../lib/actions/budget.ts";
import { connect } from "../../lib/actions/connections/connect.ts";
import { disconnect } from "../../lib/actions/connections/disconnect.ts";
import { announceChanges } from "../../lib/actions/messages/announceChanges.ts";
import { deliverShard } from "../../lib/actions/messages/deliverShard.ts";
import { fanOut } from "../../lib/actions/messages/fanOut.ts";
import { send } from "../../lib/actions/messages/send.ts";
import { sweep } from "../../lib/actions/messages/sweep.ts";
import { type SocketActions, socketActions, withPorts } from "../../lib/actions/socketActions.ts";
import type { ConnectedCaller } from "../../lib/model.ts";
import type { Ports } from "../../lib/ports.ts";
import { clientFrames } from "../../lib/protocol/clientFrames.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { ServerFrame } from "../../lib/protocol/serverFrames.ts";
import type { Request } from "../support/checker/history.ts";
import { socketEvent } from "../support/memoryRuntime.ts";

export const realActions = {
  ...socketActions,
  announceChanges,
  connect,
  deliverShard,
  disconnect,
  fanOut,
  send,
  sweep,
};
export type Actions = typeof realActions;
export type Boundary = typeof frameBoundary;

export interface Service {
  actions: Actions;
  boundary: Boundary;
}
export const realService: Service = { actions: realActions, boundary: frameBoundary };

/** What users spent, as the one function instance of a simulation keeps it. */
export type Charging = Pick<ChargePorts, "budget" | "spending">;

/** A request that is answered with what its function returns; it may have posted more. */
export async function perform(
  service: Service,
  frame: Request,
  caller: ConnectedCaller,
  ports: Ports,
  charging: Charging,
): Promise<ServerFrame | undefined> {
  const here: Surroundings = {
    clock: ports.clock,
    report: ports.report,
    measure: ports.measure,
    chargePorts: () => ({ ...ports, ...charging }),
    publishPorts: () => ports,
    forgetPorts: () => ports,
    ownGateway: () => caller.connection.gateway,
  };
  const handler = frame.action === "send" ? onSend : onDefault;
  const result = await handler(service, ports, here)(socketEvent(caller, JSON.stringify(frame)));
  const body = typeof result === "object" ? result.body : undefined;
  return body === undefined ? undefined : (JSON.parse(body) as ServerFrame);
}

/** As handlers/send.ts. */
function onSend({ actions, boundary }: Service, ports: Ports, here: Surroundings) {
  return boundary(here).onFrame<"send">(
    clientFrames,
    {
      send: async (frame, caller, answer) => {
        await actions.send(frame, caller, ports, {
          acknowledge: answer,
          exceptConnection: caller.connection.connectionId,
          publishMs: limits.publishMs,
        });
        return undefined;
      },
    },
    "posted",
  );
}

/** As handlers/default.ts. */
function onDefault({ actions, boundary }: Service, ports: Ports, here: Surroundings) {
  const table = withPorts(actions, () => ports);
  return boundary(here).onFrame<keyof SocketActions>(clientFrames, table, "returned");
}

export interface Post {
  room: string;
  text: string;
  /** The Idempotency-Key. */
  cid: string;
  after?: number;
}

/** `POST /rooms/{room}/messages`, as handlers/http.ts; the token is the user's name. */
export async function performPost(
  { actions }: Service,
  user: string,
  { room, cid, ...body }: Post,
  ports: Ports,
  charging: Charging,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const routeKey = "POST /rooms/{room}/messages";
  const runs: Pick<HttpRuns, typeof routeKey> = {
    [routeKey]: async ({ path, body, idempotencyKey: cid }, caller) => {
      const message = { ...path, ...body, ...(cid !== undefined && { cid }) };
      const publishMs = limits.awaitedPublishMs;
      const sent = await actions.send(message, caller, ports, { publishMs });
      const { type: _type, duplicate, ...answer } = sent;
      return { status: duplicate ? 200 : 201, body: answer };
    },
  };
  const verify = async (token: string) => ({
    identity: { user: token, expiresAtMs: Infinity, scopes: [] },
  });
  const here = {
    tokens: () => ({ verify }),
    report: ports.report,
    note: ports.report,
    measure: ports.measure,
    chargePorts: () => ({ ...ports, ...charging }),
  };
  const event = {
    routeKey,
    headers: { authorization: `Bearer ${user}`, "idempotency-key": cid },
    pathParameters: { room },
    requestContext: { requestId: cid, http: { method: "POST" } },
    isBase64Encoded: false,
    body: JSON.stringify(body),
  };
  const handler = onRequest(runs as HttpRuns, here);
  const result = await handler(event as unknown as APIGatewayProxyEventV2);
  return { status: result.statusCode ?? 500, body: JSON.parse(result.body ?? "{}") };
}
