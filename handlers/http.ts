/** The HTTP API: the same actions as over a socket. The gateway routes, this table answers. */
import { checkHealth } from "../lib/actions/gateways/checkHealth.ts";
import { chooseGateway } from "../lib/actions/gateways/chooseGateway.ts";
import { performOverHttp, sendOverHttp } from "../lib/actions/httpActions.ts";
import { history } from "../lib/actions/messages/history.ts";
import { notify } from "../lib/actions/people/notify.ts";
import { who } from "../lib/actions/people/who.ts";
import { actionRoute } from "../lib/protocol/httpRoutes.ts";
import * as runtime from "../lib/runtime.ts";
import { ok, onRequest } from "./boundaryHttp.ts";

const answer = onRequest({
  "POST /rooms/{room}/messages": async ({ path, body, idempotencyKey: cid }, caller) => {
    const message = { ...path, ...body, ...(cid !== undefined && { cid }) };
    const sent = await sendOverHttp(message, caller, runtime.allPorts());
    const { type: _type, duplicate, ...answer } = sent;
    return { status: duplicate ? 200 : 201, body: answer };
  },
  "GET /rooms/{room}/events": async ({ path, query }, caller) =>
    ok(await history({ ...path, ...query }, caller, runtime.allPorts())),
  "GET /rooms/{room}/online": async ({ path }, caller) =>
    ok(await who(path, caller, runtime.allPorts())),
  "POST /users/{user}/notices": async ({ path, body }, caller) =>
    ok(await notify({ ...path, ...body }, caller, runtime.allPorts())),
  [actionRoute]: async ({ frame }, caller) => performOverHttp(frame, caller, runtime.allPorts()),
  "GET /gateway": async ({ query }, caller) =>
    ok(await chooseGateway(query, caller, runtime.gatewayPorts())),
  "GET /health": async () => ok(await checkHealth(runtime.health())),
});
export const handler = runtime.invoked(answer);
