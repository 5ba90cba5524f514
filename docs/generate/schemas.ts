/**
 * The protocol's schemas as JSON Schema. What a refinement says is lost on the way: where it can be
 * said in JSON Schema it is added here by hand, and where it cannot, the field's note says it.
 */
import * as z from "zod/mini";
import { clientFrames } from "../../lib/protocol/clientFrames.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { clientName, roomName, userName } from "../../lib/protocol/names.ts";
import { logEvent, serverFrames } from "../../lib/protocol/serverFrames.ts";
import { fieldNotes } from "./notes.ts";

export interface JsonSchema {
  $ref?: string;
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  [keyword: string]: unknown;
}

/** Schemas that others refer to, instead of repeating them. */
const components = {
  UserName: {
    schema: userName,
    description: "Who a token says somebody is, to the letter. Case-sensitive.",
  },
  RoomName: {
    schema: roomName,
    description:
      "A public room, or the direct room of two users: `dm:<a>:<b>`, the two in code-unit order. " +
      "In a direct room's name, and nowhere else, a user's `~` is `~0` and `:` is `~1`.",
  },
  ClientName: {
    schema: clientName,
    description: "A name that the client makes up, for a request (`id`) or a message (`cid`).",
  },
  LogEvent: {
    schema: logEvent,
    description:
      "One entry of a room's log: a message, or what was done to the room or to a member.",
  },
} as const;

/** AsyncAPI's schemas are of draft 7, OpenAPI's of 2020-12. */
export type Target = "draft-7" | "draft-2020-12";

export function componentSchemas(target: Target): Record<string, JsonSchema> {
  const entries = Object.entries(components).map(([name, { schema, description }]) => [
    name,
    { description, ...sentJsonSchema(schema, target, name) },
  ]);
  return Object.fromEntries(entries);
}

/** The JSON Schema of `schema`, its fields with their notes; `name` finds the notes. */
export function jsonSchema(schema: z.ZodMiniType, target: Target, name: string): JsonSchema {
  const metadata = z.registry<{ id: string }>();
  for (const [id, component] of Object.entries(components)) {
    if (id !== name) metadata.add(component.schema, { id }); // else it would refer to itself
  }
  const converted = z.toJSONSchema(schema, { metadata, target, io: "output" });
  const { $schema, $defs, definitions, ...own } = JSON.parse(
    JSON.stringify(converted)
      .replace(/"#\/(\$defs|definitions)\//g, '"#/components/schemas/')
      .replace(safeIntegerBounds, ""),
  ) as JsonSchema;
  return withNotes({ ...own, ...constraints.get(schema) }, name);
}

/**
 * The JSON Schema of what the service sends. It may gain fields, and clients ignore those that they
 * do not know, so unlike our own schemas this one does not refuse them.
 */
export function sentJsonSchema(schema: z.ZodMiniType, target: Target, name: string): JsonSchema {
  const strict = JSON.stringify(jsonSchema(schema, target, name));
  return JSON.parse(strict.replaceAll(',"additionalProperties":false', "")) as JsonSchema;
}

/** Said once, in the description of each document, instead of at every number. */
const safeIntegerBounds = /,"(minimum|maximum)":-?9007199254740991/g;

/** Refinements that JSON Schema can say too. */
const constraints = new Map<z.ZodMiniType, JsonSchema>([
  [clientFrames.send, { oneOf: [{ required: ["room"] }, { required: ["to"] }] }],
  [clientFrames.history, { not: { required: ["before", "after"] } }],
]);

const fieldConstraints: Record<string, JsonSchema> = {
  "sync.rooms": { minProperties: 1, maxProperties: limits.syncRooms },
};

function withNotes(schema: JsonSchema, name: string): JsonSchema {
  if (schema.items) return { ...schema, items: withNotes(schema.items, name) };
  if (schema["anyOf"] && name === "LogEvent") {
    const kinds = schema["anyOf"] as JsonSchema[];
    return { ...schema, anyOf: kinds.map((kind) => withNotes(kind, name)) };
  }
  if (schema.properties === undefined) return schema;
  const fields = Object.entries(schema.properties).map(([field, own]) => {
    const description = fieldNotes[`${name}.${field}`] ?? fieldNotes[field];
    const content = { ...own, ...fieldConstraints[`${name}.${field}`] };
    return [field, described(withNotes(content, field), description)];
  });
  return { ...schema, properties: Object.fromEntries(fields) };
}

function described(schema: JsonSchema, description: string | undefined): JsonSchema {
  if (description === undefined) return schema;
  // Beside a `$ref` many readers see nothing else.
  return schema.$ref === undefined ? { description, ...schema } : { description, allOf: [schema] };
}

/** The error of the HTTP API: an `error` frame without what only a socket has. */
export const httpError = z.strictObject({
  error: z.omit(serverFrames.error, { type: true, id: true }),
});
