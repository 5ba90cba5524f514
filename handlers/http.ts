/** The HTTP API: the same actions as over a socket. The gateway routes, this table answers. */
import { checkHealth } from "../lib/actions/gateways/checkHealth.ts";
import { chooseGateway } from "../lib/actions/gateways/chooseGateway.ts";
import { history } from "../lib/actions/messages/history.ts";
import { send } from "../lib/actions/messages/send.ts";
import { notify } from "../lib/actions/people/notify.ts";
import { who } from "../lib/actions/people/who.ts";
import { limits } from "../lib/protocol/limits.ts";
import * as runtime from "../lib/runtime.ts";
import { ok, onRequest } from "./boundaryHttp.ts";

export const handler = onRequest({
  "POST /rooms/{room}/messages": async ({ path, body, idempotencyKey: cid }, caller) => {
    const message = { ...path, ...body, ...(cid !== undefined && { cid }) };
    const sent = await send(message, caller, runtime.sendPorts(), {
      publishMs: limits.awaitedPublishMs,
    });
    const { type: _type, duplicate, ...answer } = sent;
    return { status: duplicate ? 200 : 201, body: answer };
  },
  "GET /rooms/{room}/events": async ({ path, query }, caller) =>
    ok(await history({ ...path, ...query }, caller, runtime.sendPorts())),
  "GET /rooms/{room}/online": async ({ path }, caller) =>
    ok(await who(path, caller, runtime.sendPorts())),
  "POST /users/{user}/notices": async ({ path, body }, caller) =>
    ok(await notify({ ...path, ...body }, caller, runtime.sendPorts())),
  "GET /gateway": async ({ query }, caller) =>
    ok(await chooseGateway(query, caller, runtime.gatewayPorts())),
  "GET /health": async () => ok(await checkHealth(runtime.health())),
});
