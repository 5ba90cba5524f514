/** Wrong ways to keep messages for a time only: promises 1, 2 and 13. */
import type { SweepPorts } from "../../../lib/actions/messages/sweep.ts";
import type { Ports } from "../../../lib/ports.ts";
import { sweepAndSend, sweepAndSync, twoSweeps } from "../cases/retention.ts";
import type { OperationPorts } from "../operating.ts";
import { type Actions, realActions } from "../service.ts";
import { type Mutant, withActions } from "./mutant.ts";

/** A sweep over ports of which some are others. */
const sweepOver = (change: (ports: SweepPorts) => Partial<SweepPorts>) => {
  const sweep: Actions["sweep"] = (deadlineMs, ports) =>
    realActions.sweep(deadlineMs, { ...ports, ...change(ports) });
  return withActions({ sweep });
};

/** The log as it is stored, with what is past its time. */
const stored = (ports: unknown) => (ports as OperationPorts).sweeping.log as Ports["log"];

export const retentionMutants: readonly Mutant[] = [
  {
    what: "a sweep that removes the newest event, too",
    promise: 2,
    small: sweepAndSend,
    service: sweepOver(({ log }) => ({
      log: {
        ...log,
        tail: async (room, limit) => {
          const tail = await log.tail(room, limit);
          const events = tail.events.map((event) => ({ ...event, seq: event.seq + 1 }));
          return { ...tail, events };
        },
      },
    })),
  },
  {
    what: "a sweep that does not say where a log begins",
    promise: 2,
    small: twoSweeps,
    service: sweepOver(({ expiry }) => ({ expiry: { ...expiry, async begin() {} } })),
  },
  {
    what: "a sweep that deletes before its time",
    promise: 1,
    small: sweepAndSync,
    service: sweepOver(({ longestMs }) => ({ longestMs: longestMs - 2 * longestMs })),
  },
  {
    what: "a sync that shows what is past its time until it is deleted",
    promise: 13,
    small: sweepAndSync,
    service: withActions({
      sync: (frame, caller, ports) =>
        realActions.sync(frame, caller, { ...ports, log: stored(ports) }),
    }),
  },
  {
    what: "a page that shows what is past its time until it is deleted",
    promise: 13,
    small: twoSweeps,
    service: withActions({
      history: (frame, caller, ports) =>
        realActions.history(frame, caller, { ...ports, log: stored(ports) }),
    }),
  },
];
