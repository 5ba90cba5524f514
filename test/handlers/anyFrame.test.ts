/**
 * The boundary against anything: random bytes, random JSON and frames that are almost right.
 * Whatever comes, there is one answer, it is a frame of the protocol, and it carries the request's
 * id (promise 9).
 */
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { SocketEvent } from "../../handlers/boundary.ts";
import { clientFrames } from "../../lib/protocol/clientFrames.ts";
import { clientName } from "../../lib/protocol/names.ts";
import { type FrameType, serverFrames } from "../../lib/protocol/serverFrames.ts";
import { type MemoryRuntime, memoryRuntime, socketEvent } from "../support/memoryRuntime.ts";

vi.mock("../../lib/runtime.ts", () => memoryRuntime());
const { here } = (await import("../../lib/runtime.ts")) as unknown as MemoryRuntime;
const handlers = {
  send: (await import("../../handlers/send.ts")).handler,
  default: (await import("../../handlers/default.ts")).handler,
};

const alice = await here.as("alice");

/** Every frame that a handler answers, posted or returned. */
async function answersTo(handler: (event: SocketEvent) => Promise<unknown>, body: string) {
  const result = (await handler(socketEvent(alice, body))) as { statusCode: number; body?: string };
  expect(result.statusCode).toBe(200);
  const returned = result.body === undefined ? [] : [JSON.parse(result.body)];
  return [...here.received(alice), ...returned];
}

const anyName = fc.constantFrom("general", "dm:alice:bob", "dm:bob:carol", "", "Ä", "__proto__");
const fields: Record<string, fc.Arbitrary<unknown>> = {
  id: fc.oneof(fc.constantFrom("1", "", "a b"), fc.integer()),
  room: anyName,
  to: anyName,
  text: fc.oneof(fc.string({ unit: "binary", maxLength: 20 }), fc.constant("hello")),
  cid: fc.constantFrom("c-1", "c-2", ""),
  after: fc.oneof(fc.integer({ min: -1, max: 3 }), fc.double(), fc.constant("general")),
  before: fc.oneof(fc.integer({ min: -1, max: 3 }), fc.double()),
  limit: fc.oneof(fc.integer({ min: -1, max: 101 }), fc.constant(null)),
  rooms: fc.dictionary(anyName, fc.oneof(fc.integer({ min: -1, max: 2 }), fc.constant("0"))),
  seq: fc.oneof(fc.integer({ min: -1, max: 3 }), fc.constant(2 ** 60)),
  on: fc.oneof(fc.boolean(), fc.constant(0)),
  surprise: fc.jsonValue(),
};
const almostRight = fc.record(
  {
    action: fc.oneof(fc.constantFrom(...Object.keys(clientFrames)), fc.jsonValue()),
    ...fields,
  },
  { requiredKeys: ["action"] },
);
const body = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.json(),
  almostRight.map((frame) => JSON.stringify(frame)),
  almostRight.map((frame) => JSON.stringify(frame).slice(0, -1)),
);

describe.each(Object.entries(handlers))("the %s function", (_name, handler) => {
  it("answers any frame once, by its id, in the protocol's own words (promise 9)", async () => {
    await fc.assert(
      fc.asyncProperty(body, async (sent) => {
        const answers = await answersTo(handler, sent);
        const frame = parsed(sent);
        const isQuiet = frame["action"] === "typing" && !("id" in frame);
        const direct = answers.filter((answer) => answer.type !== "events");
        if (!isQuiet) expect(direct).toHaveLength(1);
        const id = clientName.safeParse(frame["id"]).data;
        for (const answer of answers) {
          const schema = serverFrames[answer.type as FrameType];
          expect(schema.safeParse(answer).error).toBeUndefined();
          if (answer.type !== "events") expect(answer.id).toBe(id);
          if (answer.type === "error") expect(answer.code).not.toBe("internal");
        }
      }),
      { numRuns: 3_000 },
    );
  });
});

function parsed(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
