/**
 * The HTTP API: what each route takes, piece by piece, and what it answers. Keys are API Gateway's
 * route keys, so the gateway does the routing; OpenAPI is generated from here, and the `http`
 * function parses requests with it.
 */
import * as z from "zod/mini";
import { actions, type HttpAction } from "./actions.ts";
import { isShallow } from "./carried.ts";
import { type ClientFrame, history } from "./clientFrames.ts";
import { failedGateways } from "./gateways.ts";
import { limits } from "./limits.ts";
import { clientName, roomName, userName } from "./names.ts";
import { carriesLittle, notBoth, send, tagHasPosition } from "./sendFrame.ts";
import { serverFrames } from "./serverFrames.ts";

export const actionRoute = "POST /actions/{action}" as const;

const nothing = z.strictObject({});
const noticeData = z.unknown().check(
  z.refine((data) => data !== undefined, "is missing"),
  z.refine(
    (data) => isShallow(data, limits.noticeDepth),
    `must be nested at most ${limits.noticeDepth} deep`,
  ),
);
const { ack, who } = serverFrames;
const { before, after, around, limit } = history.shape;
const { text, data, replyTo, afterTag } = send.shape;

const postMessage = {
  operation: actions.send.operation,
  summary: "Append a message to a room and push it to the connections that hear the room",
  path: z.strictObject({ room: roomName }),
  query: nothing,
  body: z
    .strictObject({ text, data, replyTo, after: send.shape.after, afterTag })
    .check(tagHasPosition, carriesLittle),
  /** The message's `cid`, which makes sending it again harmless. */
  idempotencyKey: z.optional(clientName),
  answer: z.omit(ack, { type: true, id: true, duplicate: true }),
};
const getEvents = {
  operation: actions.history.operation,
  summary: "Read a page of a room's log, ascending",
  path: z.strictObject({ room: roomName }),
  query: z
    .strictObject({ before, after, around, limit })
    .check(notBoth("before", "after"), notBoth("around", "before"), notBoth("around", "after")),
  answer: z.omit(serverFrames.history, { type: true, id: true }),
};
const getOnline = {
  operation: actions.who.operation,
  summary: "Read which members of a room are online",
  path: z.strictObject({ room: roomName }),
  query: nothing,
  answer: z.omit(who, { type: true, id: true }),
};
const postNotice = {
  operation: "notify the user",
  summary: "Push a notice to every connection of a user (token with scope notices:write)",
  path: z.strictObject({ user: userName }),
  query: nothing,
  body: z.strictObject({ data: noticeData }),
  answer: z.strictObject({ delivered: z.int(), gone: z.int() }),
};
const postAction = {
  /** Of an action that is unknown. */
  operation: "answer",
  summary: "Perform an action, as over a socket",
  path: z.strictObject({ action: z.string() }),
  query: nothing,
  /** The fields of the action's frame: see httpAction.ts. */
  body: z.custom<Readonly<Record<string, unknown>>>(
    (fields) => typeof fields === "object" && fields !== null && !Array.isArray(fields),
    "must be an object",
  ),
  /** The fields of the action's reply. */
  answer: z.looseObject({}),
};
const getGateway = {
  operation: "choose a gateway",
  summary: "Ask which WebSocket URL to connect to",
  path: nothing,
  query: z.strictObject({ failed: z.optional(failedGateways) }),
  answer: z.strictObject({ url: z.string(), gateway: z.string() }),
};
const getHealth = {
  operation: "answer",
  summary: "Ask whether the tables answer; needs no token",
  path: nothing,
  query: nothing,
  answer: z.strictObject({ status: z.literal("ok") }),
};

export const httpRoutes = {
  "POST /rooms/{room}/messages": postMessage,
  "GET /rooms/{room}/events": getEvents,
  "GET /rooms/{room}/online": getOnline,
  "POST /users/{user}/notices": postNotice,
  [actionRoute]: postAction,
  "GET /gateway": getGateway,
  "GET /health": getHealth,
};
/** What browsers may send and read; serverless.yml says the same to the gateway. */
export const cors = {
  methods: ["GET", "POST"],
  headers: ["authorization", "content-type", "idempotency-key"],
  exposedHeaders: ["retry-after"],
  maxAgeSeconds: 86_400,
} as const;

export type RouteKey = keyof typeof httpRoutes;

type Routes = typeof httpRoutes;
type Piece<K extends RouteKey, P extends string> =
  Routes[K] extends Readonly<Record<P, z.ZodMiniType>> ? z.output<Routes[K][P]> : undefined;

/** A request's pieces, parsed; `undefined` for a piece that the route does not take. */
export interface Request<K extends RouteKey> {
  path: Piece<K, "path">;
  query: Piece<K, "query">;
  body: Piece<K, "body">;
  idempotencyKey: Piece<K, "idempotencyKey">;
  /** What is asked for by name. */
  frame: K extends typeof actionRoute ? ClientFrame<HttpAction> : undefined;
}
export interface HttpAnswer<K extends RouteKey> {
  status: number;
  body: z.output<Routes[K]["answer"]>;
}
/** A route's schemas, for code that goes through them by name. */
export interface PieceSchemas {
  path: z.ZodMiniType;
  query: z.ZodMiniType;
  body?: z.ZodMiniType;
  idempotencyKey?: z.ZodMiniType;
}
