/**
 * Stands between functions and what they call: the tables, the management API, and Lambda. A call
 * that the function's role does not grant is refused as AWS refuses it; anything else is passed on
 * as it came, signature and all. The function is known by its session token, as the faithful
 * gateway knows it: a call without one is refused too.
 */
import {
  Agent,
  createServer,
  type IncomingMessage,
  request as requestTo,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { actionsOf, type Service, type SignedRequest, serviceOf } from "./calls.ts";
import type { Call, Guard } from "./grants.ts";
import { accountId } from "./localNames.ts";

interface RoleProxy extends AsyncDisposable {
  /** Stands for each of the services: they are told apart by what requests are signed for. */
  url: string;
}

/** `targets` is asked at each request: a gateway starts after the proxy that stands before it. */
export async function roleProxy(
  guard: Guard,
  targets: Readonly<Record<Service, string>>,
): Promise<RoleProxy> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, response) => {
    void answer(incoming, response).catch(() => response.destroy());
  });

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = incoming;
    const request = { method, url, headers, body: await text(incoming) };
    const service = serviceOf(request);
    if (service === undefined || !Object.hasOwn(actionsOf, service)) {
      return refuse(response, "dynamodb", `a request signed for ${service}`);
    }
    const known = service as Service;
    const denied = callsOf(request, known).find((call) => !guard.allows(call));
    if (denied) return refuse(response, known, deniedText(denied));
    const onward = requestTo(`${targets[known]}${url}`, { method, headers, agent }, (answered) => {
      answered.pipe(response.writeHead(Number(answered.statusCode), answered.headers));
    });
    onward.on("error", () => response.destroy());
    onward.end(request.body);
  }

  await new Promise<void>((listening) => server.listen(0, "localhost", listening));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

function callsOf(request: SignedRequest, service: Service): Call[] {
  const functionName = String(request.headers["x-amz-security-token"]);
  return actionsOf[service](request).map((action) => ({ functionName, ...action }));
}

function deniedText({ functionName, action, resource }: Call): string {
  const user = `arn:aws:sts::${accountId}:assumed-role/${functionName}/${functionName}`;
  return (
    `User: ${user} is not authorized to perform: ${action} on resource: ${resource} ` +
    `because no identity-based policy allows the ${action} action`
  );
}

/** DynamoDB names its errors in the body and says 400; the others have a header and say 403. */
function refuse(response: ServerResponse, service: Service, message: string): void {
  const isTable = service === "dynamodb";
  response.writeHead(isTable ? 400 : 403, {
    "content-type": isTable ? "application/x-amz-json-1.0" : "application/json",
    ...(!isTable && { "x-amzn-errortype": "AccessDeniedException" }),
  });
  const type = { __type: "com.amazon.coral.service#AccessDeniedException" };
  response.end(JSON.stringify({ ...(isTable && type), Message: message }));
}
