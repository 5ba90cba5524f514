/** Cursors: however a client pages through a room, it sees every event once and in order. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { history } from "../../lib/actions/messages/history.ts";
import { sync } from "../../lib/actions/messages/sync.ts";
import { bytesOf } from "../../lib/protocol/frameSize.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { LogEvent } from "../../lib/protocol/serverFrames.ts";
import { logEvent } from "../support/fixtures.ts";
import { onlySynced } from "../support/syncReply.ts";
import { world } from "../support/world.ts";

const room = "general";
const anyText = fc.oneof(
  { weight: 5, arbitrary: fc.constant("short") },
  { weight: 1, arbitrary: fc.constant("x".repeat(4_000)) },
  { weight: 1, arbitrary: fc.constant("\u0001".repeat(4_000)) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 50 }) },
);
/** Long texts, so that pages end by bytes, or only short ones, so that they end by count. */
const texts = fc.oneof(
  fc.array(anyText, { maxLength: 150 }),
  fc.integer({ min: 0, max: 320 }).map((count) => Array.from({ length: count }, () => "short")),
);

async function filled(contents: string[]) {
  const { ports, as } = world();
  const alice = await as("alice");
  await ports.memberships.add("alice", { room, joinedAtMs: 0, readSeq: 0, readN: 0 });
  for (const [index, text] of contents.entries()) {
    await ports.log.put(room, logEvent(index + 1, { text }));
  }
  return { ports, alice, head: contents.length };
}
const positions = (events: LogEvent[]) => events.map(({ seq }) => seq);
const range = (first: number, last: number) =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);

describe("paging", () => {
  it("syncs a room whole from any cursor, in frames that fit (promise 4)", async () => {
    await fc.assert(
      fc.asyncProperty(texts, fc.nat(), async (contents, seed) => {
        const { ports, alice, head } = await filled(contents);
        let cursor = seed % (head + 1);
        const first = cursor + 1;
        const seen: number[] = [];
        for (let isComplete = false; !isComplete; ) {
          const reply = await sync({ action: "sync", rooms: { [room]: cursor } }, alice, ports);
          expect(bytesOf(reply)).toBeLessThanOrEqual(limits.frameBytes);
          const page = onlySynced(reply);
          expect(page).toMatchObject({ seq: head, n: head });
          expect(page.complete || page.events.length > 0).toBe(true);
          seen.push(...positions(page.events));
          cursor = seen.at(-1) ?? cursor;
          isComplete = page.complete;
        }
        expect(seen).toEqual(range(first, head));
      }),
      { numRuns: 60 },
    );
  });

  it("reads history whole, backwards and forwards, with any page size", async () => {
    const limit = fc.integer({ min: 1, max: limits.historyLimit });
    await fc.assert(
      fc.asyncProperty(texts, limit, async (contents, pageLimit) => {
        const { ports, alice, head } = await filled(contents);
        const page = (bounds: { before?: number; after?: number }) =>
          history({ room, limit: pageLimit, ...bounds }, alice, ports);

        let backwards: number[] = [];
        for (let reply = await page({}); ; reply = await page({ before: backwards[0] ?? 1 })) {
          expect(bytesOf(reply)).toBeLessThanOrEqual(limits.frameBytes);
          backwards = [...positions(reply.events), ...backwards];
          if (!reply.more) break;
        }
        expect(backwards).toEqual(range(1, head));

        const forwards: number[] = [];
        for (
          let reply = await page({ after: 0 });
          ;
          reply = await page({ after: forwards.at(-1) ?? 0 })
        ) {
          forwards.push(...positions(reply.events));
          if (!reply.more) break;
        }
        expect(forwards).toEqual(range(1, head));
      }),
      { numRuns: 60 },
    );
  });
});
