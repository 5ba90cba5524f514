/**
 * The protocol as plain TypeScript types, for the client: its package stands alone, and types that
 * are inferred from zod would bring zod along. In test/client/protocol.test.ts the compiler
 * compares them with the inferred ones.
 */
import type * as z from "zod/mini";
import { actions } from "../../lib/protocol/actions.ts";
import { type Action, clientFrames } from "../../lib/protocol/clientFrames.ts";
import { disconnectCodes, errorCodes } from "../../lib/protocol/codes.ts";
import { changedEvent, memberEvent, messageEvent, roomEvent } from "../../lib/protocol/events.ts";
import {
  logEvent,
  refusedRoom,
  serverFrames,
  syncedRoom,
} from "../../lib/protocol/serverFrames.ts";
import { type JsonSchema, sentJsonSchema } from "./schemas.ts";

const target = "draft-2020-12";
/** Of a line, as in every file. */
const columns = 100;

/** What has a name of its own; in anything else it is only named. */
const named = {
  MessageEvent: messageEvent,
  RoomEvent: roomEvent,
  MemberEvent: memberEvent,
  ChangedEvent: changedEvent,
  LogEvent: logEvent,
  SyncedRoom: syncedRoom,
  RefusedRoom: refusedRoom,
};
const about: Record<keyof typeof named, string> = {
  MessageEvent: "A message as the log holds it, as it is now.",
  RoomEvent: "A change of a room's settings, owners or pins.",
  MemberEvent: "Somebody came, left, or was moderated.",
  ChangedEvent: "An earlier event has changed.",
  LogEvent: "An event of a room's log.",
  SyncedRoom: "What a `sync` brought of one room.",
  RefusedRoom: "Why a `sync` brought nothing of one room.",
};
const nameOf = new Map(
  Object.entries(named).map(([name, schema]) => [shapeOf(schemaOf(schema, name)), name]),
);

export function clientTypes(): string {
  const requests = entries(clientFrames).map(([action, schema]) => {
    const own = schemaOf(schema, action);
    const { action: _, id: _id, ...fields } = own.properties ?? {};
    return field(action, typeOf({ ...own, properties: fields }, "  "), "  ");
  });
  const frames = entries(serverFrames).map(([type, schema]) =>
    field(type, typeOf(schemaOf(schema, type === "sync" ? "syncReply" : type), "  "), "  "),
  );
  const replies = entries(actions).map(([action, { reply }]) => `  ${action}: "${reply}";`);
  return [
    "/** Generated from lib/protocol by `npm run docs`. Do not edit. */",
    "",
    union("ErrorCode", Object.keys(errorCodes)),
    "",
    union("DisconnectCode", Object.keys(disconnectCodes)),
    "",
    ...entries(named).map(
      ([name, schema]) => `/** ${about[name]} */\n${namedType(name, schemaOf(schema, name))}`,
    ),
    "/** What a request of each action says, besides its action and its `id`. */",
    `export interface Requests {\n${requests.join("\n")}\n}`,
    "",
    "/** Everything that the service sends, by its type. */",
    `export interface ServerFrames {\n${frames.join("\n")}\n}`,
    "",
    "/** The type of the frame that grants each action. */",
    `export interface Replies {\n${replies.join("\n")}\n}`,
    "",
  ].join("\n");
}

/** An event of any kind may be asked for its text, which only a message has. */
function namedType(name: string, schema: JsonSchema): string {
  if (schema.properties) return `export interface ${name} ${objectOf(schema, "")}\n`;
  const [message, ...others] = (schema["anyOf"] as JsonSchema[]).map((one) => typeOf(one, ""));
  const textless = `((${others.join(" | ")}) & { text?: never })`;
  return `export type ${name} = ${message} | ${textless};\n`;
}

const entries = <K extends string, V>(record: Record<K, V>) => Object.entries(record) as [K, V][];

function schemaOf(schema: z.ZodMiniType, name: Action | string): JsonSchema {
  return sentJsonSchema(schema, target, name.endsWith("Event") ? "LogEvent" : name);
}

/** A schema without its notes, for comparing. */
function shapeOf(schema: JsonSchema): string {
  return JSON.stringify(schema, (key, value: unknown) =>
    key === "description" && typeof value === "string" ? undefined : value,
  );
}

function typeOf(schema: JsonSchema, indent: string): string {
  const name = nameOf.get(shapeOf(schema));
  if (name !== undefined) return name;
  const { $ref, allOf, anyOf, additionalProperties } = schema;
  const literals = "const" in schema ? [schema["const"]] : schema["enum"];
  if ($ref !== undefined) return $ref.endsWith("/LogEvent") ? "LogEvent" : "string";
  if (Array.isArray(allOf)) return typeOf(allOf[0] as JsonSchema, indent);
  if (Array.isArray(anyOf)) return anyOf.map((one: JsonSchema) => typeOf(one, indent)).join(" | ");
  if (isKeysOf(errorCodes, literals)) return "ErrorCode";
  if (isKeysOf(disconnectCodes, literals)) return "DisconnectCode";
  if (Array.isArray(literals)) return literals.map((one) => JSON.stringify(one)).join(" | ");
  if (schema.items) {
    const item = typeOf(schema.items, indent);
    return schema.items["anyOf"] ? `(${item})[]` : `${item}[]`;
  }
  if (schema.properties) return objectOf(schema, indent);
  if (additionalProperties) {
    return `Record<string, ${typeOf(additionalProperties as JsonSchema, indent)}>`;
  }
  const plain = { string: "string", integer: "number", number: "number", boolean: "boolean" };
  return plain[schema["type"] as keyof typeof plain] ?? "unknown";
}

function isKeysOf(codes: object, literals: unknown): boolean {
  return JSON.stringify(literals) === JSON.stringify(Object.keys(codes));
}

function objectOf({ properties = {}, required = [] }: JsonSchema, indent: string): string {
  const inside = `${indent}  `;
  const fields = Object.entries(properties).map(([name, own]) => {
    const isRequired = required.includes(name);
    const type = `${typeOf(own, inside)}${isRequired ? "" : " | undefined"}`;
    const note = noteOf(own.description, inside);
    return `${note}${field(isRequired ? name : `${name}?`, type, inside)}`;
  });
  return fields.length === 0 ? "Record<never, never>" : `{\n${fields.join("\n")}\n${indent}}`;
}

const field = (name: string, type: string, indent: string) => `${indent}${name}: ${type};`;

function noteOf(description: string | undefined, indent: string): string {
  if (description === undefined) return "";
  const line = `${indent}/** ${description} */`;
  if (line.length <= columns) return `${line}\n`;
  const lines = [`${indent} *`];
  for (const word of description.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`;
    if (longer.length <= columns) lines[lines.length - 1] = longer;
    else lines.push(`${indent} * ${word}`);
  }
  return [`${indent}/**`, ...lines, `${indent} */`, ""].join("\n");
}

function union(name: string, members: readonly string[]): string {
  const line = `export type ${name} = ${members.map((member) => `"${member}"`).join(" | ")};`;
  if (line.length <= columns) return line;
  return `export type ${name} =\n${members.map((member) => `  | "${member}"`).join("\n")};`;
}
