/**
 * Append against a model: users send, retry and race in any order, their steps interleaved at every
 * request to the log, some of them dying half-way. The model is a list; the log must be one of the
 * lists that it allows.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { send } from "../../lib/actions/messages/send.ts";
import type { MessageLog } from "../../lib/ports.ts";
import type { ServerFrame } from "../../lib/protocol/serverFrames.ts";
import { memoryMemberships } from "../support/memory/memberships.ts";
import { memoryMessageLog } from "../support/memory/messageLog.ts";
import { world } from "../support/world.ts";

const room = "general";

interface Send {
  user: string;
  cid: string;
  /** How often its answer does not come and it is sent again, in parallel with all else. */
  retries: number;
  dies: boolean;
}
const sends = fc.array(
  fc.record<Send>({
    user: fc.constantFrom("alice", "bob", "carol", "dave", "erin"),
    cid: fc.constantFrom("1", "2", "3", "4", "5"),
    retries: fc.integer({ min: 0, max: 2 }),
    dies: fc.boolean(),
  }),
  { minLength: 1, maxLength: 20 },
);

/** Every request waits for the scheduler, before it is done and again before its answer arrives. */
function scheduledLog(log: MessageLog, scheduler: fc.Scheduler): MessageLog {
  return {
    ...log,
    async tail(...args) {
      await scheduler.schedule(Promise.resolve(), "tail");
      const tail = await log.tail(...args);
      await scheduler.schedule(Promise.resolve(), "read");
      return tail;
    },
    async put(...args) {
      await scheduler.schedule(Promise.resolve(), "put");
      const result = await log.put(...args);
      await scheduler.schedule(Promise.resolve(), "stored");
      return result;
    },
  };
}

describe("append", () => {
  it("stores every acked message once, densely, under any race (promises 1, 2, 3)", async () => {
    await fc.assert(
      fc.asyncProperty(sends, fc.scheduler(), async (planned, scheduler) => {
        const { ports } = world();
        const log = memoryMessageLog();
        const memberships = memoryMemberships();
        for (const { user } of planned) {
          await memberships.add(user, { room, joinedAtMs: 0, readSeq: 0, readN: 0 });
        }
        let nowMs = 0;
        const clock = { ...ports.clock, nowMs: () => (nowMs += 5_000) }; // nobody is too fast
        const scheduled = { ...ports, clock, log: scheduledLog(log, scheduler), memberships };
        const acks: { planned: Send; ack: ServerFrame<"ack"> }[] = [];
        const attempts = planned.flatMap((one) =>
          Array.from({ length: one.retries + 1 }, async (_, attempt) => {
            const frame = { room, text: `${one.user} ${one.cid}`, cid: one.cid };
            const ack = await send(frame, { user: one.user }, scheduled, { publishMs: 1_000 });
            const isHeard = !(one.dies && attempt === 0);
            if (isHeard) acks.push({ planned: one, ack });
          }),
        );
        await scheduler.waitFor(Promise.all(attempts));

        const events = await log.list(room, { limit: 10_000, order: "oldest first" });
        expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
        expect(events.map(({ n }) => n)).toEqual(events.map(({ seq }) => seq));
        const names = events.map(({ from, cid }) => `${from} ${cid}`);
        // Beyond the last 10 events a retry without a cursor may be stored again: that is the
        // contract.
        if (events.length <= 10) expect(new Set(names).size).toBe(names.length);
        for (const {
          planned: { user, cid },
          ack,
        } of acks) {
          expect(names[ack.seq - 1]).toBe(`${user} ${cid}`);
        }
      }),
      { numRuns: 300 },
    );
  });
});
