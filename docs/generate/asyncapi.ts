/**
 * The WebSocket side as AsyncAPI 3.0, seen from the service: it receives requests and sends
 * replies and pushes. Both directions share one channel, the connection, and some names (`sync` is
 * a request and a reply), hence the prefixes.
 */
import { actions as protocolActions } from "../../lib/protocol/actions.ts";
import { type Action, clientFrames } from "../../lib/protocol/clientFrames.ts";
import { type FrameType, serverFrames } from "../../lib/protocol/serverFrames.ts";
import { actionNotes, commonErrors, frameNotes } from "./notes.ts";
import { componentSchemas, jsonSchema, sentJsonSchema } from "./schemas.ts";

const target = "draft-7";
const actions = Object.keys(clientFrames) as Action[];
const types = Object.keys(serverFrames) as FrameType[];
const request = (action: Action) => `client.${action}`;
const frame = (type: FrameType) => `server.${type}`;

export function asyncApi(): unknown {
  const names = [...actions.map(request), ...types.map(frame)];
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Parley over WebSocket",
      version: "1",
      description:
        "Every WebSocket text message is one frame: a JSON object with an `action` (to the " +
        "service) or a `type` (from it). docs/protocol.md says what the frames mean together. " +
        "Every integer is below 2^53.",
      license: { name: "MIT" },
    },
    defaultContentType: "application/json",
    servers: servers(),
    channels: {
      connection: {
        address: "/",
        description: "One WebSocket. The client speaks first.",
        messages: fromEntries(names, (name) => ({ $ref: `#/components/messages/${name}` })),
        bindings: { ws: { method: "GET", bindingVersion: "0.1.0" } },
      },
    },
    operations: { ...requests(), ...pushes() },
    components: {
      messages: { ...clientMessages(), ...serverMessages() },
      schemas: componentSchemas(target),
      securitySchemes,
    },
  };
}

/** A token in exactly one of three places; AsyncAPI reads a list as "one of". */
const securitySchemes = {
  tokenInQuery: {
    type: "httpApiKey",
    in: "query",
    name: "token",
    description: "`?token=<jwt>`, for wscat and scripts.",
  },
  tokenInHeader: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "`Authorization: Bearer <jwt>`, for servers.",
  },
  tokenInSubprotocol: {
    type: "httpApiKey",
    in: "header",
    name: "Sec-WebSocket-Protocol",
    description:
      "`parley.v1, parley.token.<jwt>`, in this order, for browsers. `parley.v1` is selected.",
  },
};

function servers(): unknown {
  const security = Object.keys(securitySchemes).map((name) => ({
    $ref: `#/components/securitySchemes/${name}`,
  }));
  return {
    deployed: {
      host: "{api}.execute-api.{region}.amazonaws.com",
      pathname: "/{stage}",
      protocol: "wss",
      description: "One gateway. `GET /gateway` of the HTTP API says which one to use.",
      variables: {
        api: { description: "The WebSocket API's id." },
        region: { default: "us-east-1" },
        stage: { default: "dev" },
      },
      security,
    },
    local: {
      host: "localhost:3001",
      protocol: "ws",
      description: "What `npm start` runs.",
      security,
    },
  };
}

function requests(): Record<string, unknown> {
  return fromEntries(actions, (action) => {
    const { does, errors } = actionNotes[action];
    const { reply } = protocolActions[action];
    const codes = [...errors, ...commonErrors].map((code) => `\`${code}\``).join(", ");
    return {
      action: "receive",
      title: action,
      summary: capitalised(does),
      description: `Errors: ${codes}.`,
      channel: { $ref: "#/channels/connection" },
      messages: [inChannel(request(action))],
      reply: {
        channel: { $ref: "#/channels/connection" },
        messages: [inChannel(frame(reply)), inChannel(frame("error"))],
      },
    };
  });
}

function pushes(): Record<string, unknown> {
  const pushed = types.filter((type) => frameNotes[type].pushed !== undefined);
  const operations = pushed.map((type) => [
    `push${capitalised(type)}`,
    {
      action: "send",
      title: type,
      summary: `When ${frameNotes[type].pushed}`,
      channel: { $ref: "#/channels/connection" },
      messages: [inChannel(frame(type))],
    },
  ]);
  return Object.fromEntries(operations);
}

function clientMessages(): Record<string, unknown> {
  const messages = actions.map((action) => [
    request(action),
    {
      name: action,
      title: `${action}, from a client`,
      summary: capitalised(actionNotes[action].does),
      correlationId: { location: "$message.payload#/id" },
      payload: jsonSchema(clientFrames[action], target, action),
    },
  ]);
  return Object.fromEntries(messages);
}

function serverMessages(): Record<string, unknown> {
  const messages = types.map((type) => {
    const { answers, pushed } = frameNotes[type];
    const said = [
      answers !== undefined && `Answers ${answers === "any" ? "any request" : `\`${answers}\``}`,
      pushed !== undefined && `${answers === undefined ? "P" : "; p"}ushed when ${pushed}`,
    ];
    const message = {
      name: type,
      title: `${type}, from the service`,
      summary: said.filter(Boolean).join(""),
      ...(answers !== undefined && { correlationId: { location: "$message.payload#/id" } }),
      payload: sentJsonSchema(serverFrames[type], target, type === "sync" ? "syncReply" : type),
    };
    return [frame(type), message];
  });
  return Object.fromEntries(messages);
}

function inChannel(name: string): { $ref: string } {
  return { $ref: `#/channels/connection/messages/${name}` };
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function fromEntries<K extends string, V>(keys: readonly K[], make: (key: K) => V) {
  return Object.fromEntries(keys.map((key) => [key, make(key)]));
}
