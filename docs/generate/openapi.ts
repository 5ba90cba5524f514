/**
 * The HTTP side as OpenAPI 3.1. Statuses are grouped from the error codes of each route, so that
 * they are the same table as everywhere else.
 */
import type * as z from "zod/mini";
import type { PricedRoute } from "../../lib/actions/budget.ts";
import { actions, type HttpAction, httpActionNames } from "../../lib/protocol/actions.ts";
import { clientFrames } from "../../lib/protocol/clientFrames.ts";
import { type ErrorCode, errorCodes } from "../../lib/protocol/codes.ts";
import {
  actionRoute,
  httpRoutes,
  type PieceSchemas,
  type RouteKey,
} from "../../lib/protocol/httpRoutes.ts";
import { serverFrames } from "../../lib/protocol/serverFrames.ts";
import { errorMeanings } from "./errorMeanings.ts";
import { actionNotes, commonErrors, routeNotes } from "./notes.ts";
import {
  componentSchemas,
  httpError,
  type JsonSchema,
  jsonSchema,
  sentJsonSchema,
} from "./schemas.ts";

const target = "draft-2020-12";

/** A route's schemas, of which `clientFrames` knows none. */
type Route = PieceSchemas & { summary: string; answer: z.ZodMiniType };

export function openApi(): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const key of Object.keys(httpRoutes) as RouteKey[]) {
    if (key === actionRoute) continue;
    const [method = "", path = ""] = key.split(" ");
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(key) };
  }
  // One path for each action, because what each takes and answers differs.
  for (const action of httpActionNames) paths[`/actions/${action}`] = { post: actionAsked(action) };
  return {
    openapi: "3.1.0",
    info: {
      title: "Parley over HTTP",
      version: "1",
      description:
        "The same rooms as over WebSocket, for servers and scripts. Any other path or method " +
        "answers 404 `not_found`. A gateway in front may answer in its own words when it " +
        "throttles. Every integer is below 2^53.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [
      {
        url: "https://{api}.execute-api.{region}.amazonaws.com",
        description: "As deployed",
        variables: { api: { default: "example" }, region: { default: "us-east-1" } },
      },
      { url: "http://localhost:3000", description: "What `npm start` runs" },
    ],
    security: [{ bearer: [] }],
    paths,
    components: {
      schemas: {
        ...componentSchemas(target),
        Error: sentJsonSchema(httpError, target, "httpError"),
      },
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "The same token as on a WebSocket.",
        },
      },
    },
  };
}

function actionAsked(action: HttpAction): unknown {
  const { does, errors } = actionNotes[action];
  const { reply } = actions[action];
  const content = json(
    withoutFields(sentJsonSchema(serverFrames[reply], target, reply), ["type", "id"]),
  );
  const body = withoutFields(jsonSchema(clientFrames[action], target, action), ["action", "id"]);
  const { makes = false } = actions[action] as { makes?: boolean };
  return {
    operationId: action,
    summary: does.charAt(0).toUpperCase() + does.slice(1),
    requestBody: { required: true, ...json(body) },
    responses: {
      "200": { description: makes ? "Was accepted before, as this" : "Done", ...content },
      ...(makes && { "201": { description: "Accepted", ...content } }),
      ...failures([...new Set([...commonErrors, "unauthorized" as const, ...errors])]),
    },
  };
}

/** A frame without what only a socket needs. */
function withoutFields(schema: JsonSchema, fields: readonly string[]): JsonSchema {
  const isKept = (field: string) => !fields.includes(field);
  const kept = Object.entries(schema.properties ?? {}).filter(([field]) => isKept(field));
  const required = (schema.required ?? []).filter(isKept);
  const { required: _, ...rest } = { ...schema, properties: Object.fromEntries(kept) };
  return { ...rest, ...(required.length > 0 && { required }) };
}

function operation(key: PricedRoute): unknown {
  const route: Route = httpRoutes[key];
  const { operationId, errors } = routeNotes[key];
  const parameters = [
    ...parametersIn("path", route.path, operationId),
    ...parametersIn("query", route.query, operationId),
    ...idempotencyKey(route),
  ];
  return {
    operationId,
    summary: route.summary,
    ...(key === "GET /health" && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && {
      requestBody: { required: true, ...json(jsonSchema(route.body, target, operationId)) },
    }),
    responses: { ...answers(key, route, operationId), ...failures(errors) },
  };
}

function parametersIn(place: "path" | "query", schema: z.ZodMiniType, name: string): unknown[] {
  const { properties = {}, required = [] } = jsonSchema(schema, target, name);
  return Object.entries(properties).map(([field, { description, ...rest }]) => ({
    name: field,
    in: place,
    required: required.includes(field),
    ...(description !== undefined && { description }),
    schema: rest,
  }));
}

function idempotencyKey(route: Route): unknown[] {
  if (route.idempotencyKey === undefined) return [];
  const description = "The message's `cid`, which makes sending it again harmless.";
  const schema: JsonSchema = jsonSchema(route.idempotencyKey, target, "idempotencyKey");
  return [{ name: "Idempotency-Key", in: "header", required: false, description, schema }];
}

function answers(key: PricedRoute, route: Route, name: string): Record<string, unknown> {
  const content = json(sentJsonSchema(route.answer, target, name));
  if (key !== "POST /rooms/{room}/messages") return { "200": { description: "Done", ...content } };
  return {
    "200": { description: "Was accepted before, as this", ...content },
    "201": { description: "Accepted", ...content },
  };
}

/** One response for each status; a status with several codes describes them all. */
function failures(codes: readonly ErrorCode[]): Record<string, unknown> {
  const statuses = [...new Set(codes.map((code) => errorCodes[code].status))];
  const responses = statuses.map((status) => {
    const sharing = codes.filter((code) => errorCodes[code].status === status);
    const description = sharing.map((code) => `\`${code}\`: ${errorMeanings[code]}`);
    const response = {
      description: description.join("\n"),
      ...(status === 401 && header("WWW-Authenticate", { const: "Bearer" })),
      ...(status === 429 && header("Retry-After", { type: "integer", minimum: 0 })),
      ...json({ $ref: "#/components/schemas/Error" }),
    };
    return [String(status), response];
  });
  return Object.fromEntries(responses);
}

function header(name: string, schema: JsonSchema): object {
  return { headers: { [name]: { schema } } };
}

function json(schema: JsonSchema): object {
  return { content: { "application/json": { schema } } };
}
