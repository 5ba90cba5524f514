/**
 * Every frame, request and answer that docs/protocol.md shows is one that the protocol's schemas
 * take, and nothing that they know goes without an example.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import type * as z from "zod/mini";
import { httpError } from "../../docs/generate/schemas.ts";
import { actions, type HttpAction } from "../../lib/protocol/actions.ts";
import { clientFrames } from "../../lib/protocol/clientFrames.ts";
import { errorCodes } from "../../lib/protocol/codes.ts";
import {
  actionRoute,
  httpRoutes,
  type PieceSchemas,
  type RouteKey,
} from "../../lib/protocol/httpRoutes.ts";
import { parse } from "../../lib/protocol/parse.ts";
import { serverFrames } from "../../lib/protocol/serverFrames.ts";
import { gatewaysIn } from "../../local/gatewaysFile.ts";
import { blocksOf, exchangeOf, framesIn } from "./markdown.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const text = readFileSync(`${root}docs/protocol.md`, "utf8");
const frames = blocksOf(text, "json").flatMap(framesIn);
const exchanges = blocksOf(text, "http").map(exchangeOf);

const requests: Readonly<Record<string, z.ZodMiniType>> = clientFrames;
const answers: Readonly<Record<string, z.ZodMiniType>> = serverFrames;

describe("a frame in docs/protocol.md", () => {
  it.each(
    frames.map((frame) => [JSON.stringify(frame), frame] as const),
  )("is one of the protocol: %s", (_text, frame) => {
    const schema = requests[String(frame["action"])] ?? answers[String(frame["type"])];
    if (schema === undefined) throw new Error("neither an action nor a type that we know");
    expect(parse(schema, frame)).toEqual({ ok: true, value: frame });
  });

  it("exists for every action", () => {
    const shown = new Set(frames.map((frame) => frame["action"]));
    expect([...shown]).toEqual(expect.arrayContaining(Object.keys(clientFrames)));
  });

  it("exists for every type", () => {
    const shown = new Set(frames.map((frame) => frame["type"]));
    expect([...shown]).toEqual(expect.arrayContaining(Object.keys(serverFrames)));
  });

  it("fits the payload that docs/asyncapi.yaml gives it", () => {
    const { components } = parseYaml(readFileSync(`${root}docs/asyncapi.yaml`, "utf8"));
    const ajv = new Ajv({ strict: false });
    for (const frame of frames) {
      const name = frame["action"] ? `client.${frame["action"]}` : `server.${frame["type"]}`;
      const isValid = ajv.compile({ ...components.messages[name].payload, components });
      isValid(frame);
      expect(isValid.errors ?? [], JSON.stringify(frame)).toEqual([]);
    }
  });
});

describe("a gateways.json in docs/deploy.md", () => {
  it("is one that can be applied", () => {
    const deploy = readFileSync(`${root}docs/deploy.md`, "utf8");
    const files = blocksOf(deploy, "json");
    expect(files).toHaveLength(1);
    for (const file of files) expect(gatewaysIn(file)).toHaveLength(2);
  });
});

describe("an exchange over HTTP in docs/protocol.md", () => {
  it.each(
    exchanges.map((exchange) => [exchange.line, exchange] as const),
  )("is one of the protocol: %s", (_line, { routeKey, pieces, status, answer }) => {
    const route: PieceSchemas & { answer: z.ZodMiniType } = httpRoutes[routeKey];
    for (const [name, value] of Object.entries(pieces)) {
      const schema = route[name as keyof PieceSchemas];
      if (schema === undefined) throw new Error(`the route takes no ${name}`);
      expect(parse(schema, value)).toEqual({ ok: true, value });
    }
    const schema = status < 300 ? route.answer : httpError;
    expect(parse(schema, answer)).toEqual({ ok: true, value: answer });
    if (status >= 300) {
      const { error } = answer as { error: { code: keyof typeof errorCodes } };
      expect(status).toBe(errorCodes[error.code].status);
    }
  });

  const asked = exchanges.filter(({ routeKey }) => routeKey === actionRoute);
  it.each(
    asked.map((exchange) => [exchange.line, exchange] as const),
  )("has the fields of the action's frame and of its reply: %s", (_line, { pieces, answer }) => {
    const { path, body } = pieces as { path: { action: HttpAction }; body: object };
    const frame = { action: path.action, ...body };
    expect(parse(clientFrames[path.action], frame)).toEqual({ ok: true, value: frame });
    const { reply: type } = actions[path.action];
    const reply = { type, ...(answer as object) };
    expect(parse(serverFrames[type], reply)).toEqual({ ok: true, value: reply });
  });

  it("exists for every route", () => {
    const shown = new Set(exchanges.map(({ routeKey }) => routeKey));
    expect([...shown].sort()).toEqual((Object.keys(httpRoutes) as RouteKey[]).sort());
  });
});
