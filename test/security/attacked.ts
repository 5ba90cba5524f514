/**
 * The service as an attacker meets it: the real handlers and the real verification of tokens, over
 * memory. Give `attackedRuntime` to `vi.mock` in place of lib/runtime.ts, then ask for `attacked`.
 */
import type { APIGatewayProxyEventV2, APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { SignJWT } from "jose";
import type { HandshakeEvent } from "../../handlers/handshake.ts";
import { joseTokens } from "../../lib/adapters/jose/tokens.ts";
import type { ConnectedCaller } from "../../lib/model.ts";
import type { Tokens } from "../../lib/ports.ts";
import { actionRoute } from "../../lib/protocol/httpRoutes.ts";
import { type MemoryRuntime, memoryRuntime, socketEvent } from "../support/memoryRuntime.ts";

export const secret = "a secret that is long enough for HS256";

export function attackedRuntime() {
  return {
    ...memoryRuntime(),
    verifier: joseTokens({ userClaim: "sub", secret }),
    tokens(): Tokens {
      return this.verifier;
    },
    gatewayPorts: () => ({
      gatewayList: { list: async () => [] },
      ownGateway: () => ({ url: "wss://gateway.example", gateway: "gateway-1" }),
    }),
    health: () => async () => {},
  };
}
type AttackedRuntime = MemoryRuntime & { verifier: Tokens };

/** Seconds since 1970, so far ahead: tokens are verified by the real clock. */
export const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;

/** A token that the service takes, unless a claim or the key says otherwise. */
export function signed(claims: object = {}, { key = secret, alg = "HS256" } = {}): Promise<string> {
  const usual = { sub: "alice", name: "Alice", exp: inSeconds(600) };
  const jwt = new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg });
  return jwt.sign(new TextEncoder().encode(key));
}

interface Answered {
  type: string;
  code?: string;
  id?: string;
  /** Of a `created`. */
  room?: string;
  /** Of a `sync`. */
  rooms?: { room: string; error?: { code: string } }[];
}

interface HttpAsked {
  token?: string;
  path?: Record<string, string>;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  /** As JSON, or as it is. */
  body?: unknown;
  isBase64Encoded?: boolean;
}

/** What can be asked of the handlers. To be called once, behind `vi.mock`. */
export async function attacked() {
  const runtime = (await import("../../lib/runtime.ts")) as unknown as AttackedRuntime;
  const { here } = runtime;
  const send = (await import("../../handlers/send.ts")).handler;
  const other = (await import("../../handlers/default.ts")).handler;
  const http = (await import("../../handlers/http.ts")).handler;
  const authorize = (await import("../../handlers/authorize.ts")).handler;

  /** Every frame that answers one sent as text, posted or returned. */
  async function askRaw(caller: ConnectedCaller, body: string): Promise<Answered[]> {
    // As the gateway routes: by the action, as it finds it.
    const action = /^\s*{"action":"(\w+)"/.exec(body)?.[1];
    const handler = action === "send" ? send : other;
    const { body: returned } = (await handler(socketEvent(caller, body))) as { body?: string };
    const frames = [...here.received(caller), ...(returned ? [JSON.parse(returned)] : [])];
    return frames as Answered[];
  }

  const verdictOf = (handshake: HandshakeEvent) =>
    authorize({
      methodArn: "arn:aws:execute-api:local",
      ...handshake,
    } as unknown as APIGatewayRequestAuthorizerEvent);

  const opened = {
    runtime,
    here,
    askRaw,
    ask: (caller: ConnectedCaller, frame: { action: string } & Record<string, unknown>) =>
      askRaw(caller, JSON.stringify(frame)),

    /** The status and body of an HTTP request; alice's, unless the token is another's or none. */
    async askHttp(routeKey: string, asked: HttpAsked) {
      const { path, query, body, isBase64Encoded = false } = asked;
      const token = "token" in asked ? asked.token : await signed();
      const event = {
        routeKey,
        rawPath: "",
        headers: { ...(token && { authorization: `Bearer ${token}` }), ...asked.headers },
        pathParameters: path,
        queryStringParameters: query,
        requestContext: { requestId: "request-1", http: { method: routeKey.split(" ")[0] } },
        isBase64Encoded,
        ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
      };
      const answer = await http(event as unknown as APIGatewayProxyEventV2);
      const { statusCode: status, headers } = answer;
      return { status, headers, body: JSON.parse(answer.body ?? "null") };
    },

    /** Who a handshake lets in; rejects with "Unauthorized", which is what the gateway knows. */
    async shakeHands(handshake: HandshakeEvent): Promise<string> {
      return decodeURIComponent((await verdictOf(handshake)).principalId);
    },

    /** Whether a connection that is opened so leads every room. */
    async isAdminAt(handshake: HandshakeEvent): Promise<boolean> {
      return "isAdmin" in (await verdictOf(handshake)).context;
    },
  };
  return {
    ...opened,
    /** The status and body of an action over HTTP. */
    act: (action: string, fields: object, token?: string) =>
      opened.askHttp(actionRoute, { ...(token && { token }), path: { action }, body: fields }),
  };
}

/** What answers say: the type, or the code of an error; that for each room where there are many. */
export const codesOf = (answers: readonly Answered[]) =>
  answers.flatMap(({ code, type, rooms }) =>
    type === "sync" || type === "focused"
      ? (rooms ?? []).map(({ error }) => error?.code ?? type)
      : [code ?? type],
  );

/** A well-formed frame of every action that names a room. */
export const usesOf = (room: string): ({ action: string } & Record<string, unknown>)[] => [
  { action: "send", room, text: "let me in" },
  { action: "sync", rooms: { [room]: 0 } },
  { action: "history", room },
  { action: "read", room, seq: 1 },
  { action: "typing", room, on: true, id: "1" },
  { action: "who", room },
  { action: "focus", rooms: [room] },
];
