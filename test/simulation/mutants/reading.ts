/** Wrong ways to show a room, and to keep what was read of it: promises 2, 4, 7 and 10. */
import type { EventRange } from "../../../lib/model.ts";
import type { Ports } from "../../../lib/ports.ts";
import type { LogEvent } from "../../../lib/protocol/serverFrames.ts";
import { lateRetry } from "../cases/append.ts";
import { stranger, syncAndAppend, twoReads } from "../cases/hearing.ts";
import { type Actions, realActions } from "../service.ts";
import { type Mutant, over, withActions } from "./mutant.ts";

/** Whoever asks is a member. */
const everybodyIsIn = ({ memberships }: Ports) => ({
  memberships: {
    find: async (user: string, room: string) =>
      (await memberships.find(user, room)) ?? { room, joinedAtMs: 0, readSeq: 0, readN: 0 },
  },
});

/** The log as a sync shows it. */
const showing = ({ log }: Ports, change: (events: LogEvent[]) => LogEvent[]) => ({
  log: {
    list: async (room: string, range: EventRange) => {
      const events = await log.list(room, range);
      return range.order === "oldest first" ? change(events) : events;
    },
  },
});

const syncReadingFirst: Actions["sync"] = async (frame, caller, ports) => {
  const early = new Map<string, LogEvent[]>();
  for (const [room, after] of Object.entries(frame.rooms)) {
    early.set(room, await ports.log.list(room, { after, limit: 101, order: "oldest first" }));
  }
  const list = async (room: string, range: EventRange) =>
    range.order === "oldest first" ? (early.get(room) ?? []) : ports.log.list(room, range);
  return realActions.sync(frame, caller, { ...ports, log: { ...ports.log, list } });
};

export const readingMutants: readonly Mutant[] = [
  {
    what: "a sync that leaves out what its user wrote",
    promise: 2,
    small: lateRetry,
    service: over("sync", (ports, me) =>
      showing(ports, (events) => events.filter(({ from }) => from !== me)),
    ),
  },
  {
    what: "a sync that reads before it subscribes",
    promise: 4,
    small: syncAndAppend,
    service: withActions({ sync: syncReadingFirst }),
  },
  {
    what: "a sync that says that the last event which it saw is the last one, and stops one before",
    promise: 4,
    small: syncAndAppend,
    service: over("sync", (ports) => showing(ports, (events) => events.slice(0, -1))),
  },
  {
    what: "a sync that names a head which nobody reached",
    promise: 4,
    small: syncAndAppend,
    service: withActions({
      sync: async (...request) => {
        const reply = await realActions.sync(...request);
        const rooms = reply.rooms.map((one) =>
          "error" in one ? one : { ...one, seq: one.seq + 1 },
        );
        return { ...reply, rooms };
      },
    }),
  },
  {
    what: "a sync that lets everybody in",
    promise: 7,
    small: stranger,
    service: over("sync", everybodyIsIn),
  },
  {
    what: "a history that lets everybody in",
    promise: 7,
    small: stranger,
    service: over("history", everybodyIsIn),
  },
  {
    what: "a read that moves the position back",
    promise: 10,
    small: twoReads,
    service: over("read", ({ memberships }) => ({
      memberships: {
        moveRead: async (user, room, { seq, n }) => {
          const { rev = 0 } = (await memberships.find(user, room)) ?? {};
          const at = { fromRev: rev, mark: `back-${rev}`, joinedAtMs: 0 };
          await memberships.change(user, { room, ...at, read: { seq, n } });
          return true;
        },
      },
    })),
  },
];
