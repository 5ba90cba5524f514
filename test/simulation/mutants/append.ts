/** Wrong ways to put a message into the log: promises 1, 2 and 3. */
import { decideAppend } from "../../../lib/actions/messages/append.ts";
import { publishToRoom } from "../../../lib/actions/publish.ts";
import type { StoredEvent } from "../../../lib/model.ts";
import type { MessageLog, Ports } from "../../../lib/ports.ts";
import { parseRoom } from "../../../lib/protocol/names.ts";
import {
  appendAndRetry,
  httpTwice,
  lateRetry,
  sameCid,
  threeAppends,
  twoAppends,
} from "../cases/append.ts";
import { type Actions, realActions } from "../service.ts";
import { type Mutant, overSend, withActions } from "./mutant.ts";

/** A log of which every event that is read has been changed. */
const reading = ({ log }: Ports, change: (event: StoredEvent) => StoredEvent) => ({
  tail: async (room: string, limit: number) => {
    const tail = await log.tail(room, limit);
    return { ...tail, events: tail.events.map(change) };
  },
  put: async (room: string, event: StoredEvent) => {
    const taken = await log.put(room, event);
    return taken === "stored" ? taken : change(taken);
  },
});

export const appendMutants: readonly Mutant[] = [
  {
    what: "an append that does not look for its cid",
    promise: 1,
    small: appendAndRetry,
    service: overSend((ports) => ({
      log: reading(ports, (event) => ({ ...event, cid: "other" })),
    })),
  },
  {
    what: "an append that looks for its cid among the events of all senders",
    promise: 1,
    small: sameCid,
    service: overSend((ports, user) => ({
      log: reading(ports, (event) => ({ ...event, from: user })),
    })),
  },
  {
    what: "an append that takes who has taken its place for itself",
    promise: 1,
    small: twoAppends,
    service: overSend(({ log }) => ({
      log: {
        put: async (room, event) => {
          await log.put(room, event);
          return "stored" as const;
        },
      },
    })),
  },
  {
    what: "an append that looks for its cid among the last events only, whatever after says",
    promise: 1,
    small: lateRetry,
    service: overSend(({ log }) => ({
      log: {
        list: async (room, range) =>
          range.after === undefined || range.order === "oldest first" ? log.list(room, range) : [],
      },
    })),
  },
  {
    what: "an append that looks for its cid only before it tries",
    promise: 1,
    small: httpTwice,
    service: overSend(({ log }) => ({
      log: {
        put: async (room, event) => {
          const taken = await log.put(room, event);
          return taken === "stored" ? taken : { ...taken, cid: "other" };
        },
      },
    })),
  },
  {
    what: "an append that acks before it stores",
    promise: 1,
    small: twoAppends,
    service: withActions({
      send: async (frame, caller, ports, { acknowledge, ...rest }) => {
        const put: MessageLog["put"] = async (room, event) => {
          const { kind: _, from: _from, name: _name, text: _text, delivery: _way, ...ack } = event;
          await acknowledge?.({ type: "ack", room, ...ack });
          return ports.log.put(room, event);
        };
        return realActions.send(frame, caller, { ...ports, log: { ...ports.log, put } }, rest);
      },
    }),
  },
  {
    what: "an append that announces before it stores",
    promise: 2,
    small: twoAppends,
    service: overSend((ports) => ({
      log: {
        put: async (room, event) => {
          const early = { type: "events" as const, room, events: [event] };
          await publishToRoom(ports, parseRoom(room), early);
          return ports.log.put(room, event);
        },
      },
    })),
  },
  {
    what: "an append that leaves one place free for a faster sender",
    promise: 2,
    small: threeAppends,
    service: overSend((ports) => ({
      log: {
        put: async (room, event) => {
          const taken = await ports.log.put(room, event);
          return taken === "stored" ? taken : { ...taken, seq: taken.seq + 1 };
        },
      },
    })),
  },
  {
    what: "an append that goes on from the head without counting who was faster",
    promise: 2,
    small: twoAppends,
    service: overSend((ports) => ({
      log: {
        put: async (room, event) => {
          const taken = await ports.log.put(room, event);
          return taken === "stored" ? taken : { ...taken, n: taken.n - 1 };
        },
      },
    })),
  },
  {
    what: "a retry that is acked as new",
    promise: 3,
    small: appendAndRetry,
    service: changingAck(({ duplicate: _, ...ack }) => ack),
  },
  {
    what: "a retry that is acked at the head of now",
    promise: 3,
    small: lateRetry,
    service: changingAck((ack) => (ack.duplicate ? { ...ack, seq: ack.seq + 10 } : ack)),
  },
  {
    what: "an append that takes positions from a counter",
    promise: 2,
    small: twoAppends,
    service: () => withActions({ send: sendByCounter() })(),
  },
  {
    what: "a retry that is acked but not announced again",
    promise: 10,
    seenAs: 4,
    small: twoAppends,
    service: withActions({
      send: async (frame, caller, ports, options) => {
        const { events } = await ports.log.tail(frame.room ?? "", 10);
        const isKnown = events.some(({ cid, from }) => cid === frame.cid && from === caller.user);
        const nobody = async () => ({ found: [], isAll: true });
        const subscriptions = { ...ports.subscriptions, listSome: nobody };
        const silent = isKnown ? { ...ports, subscriptions } : ports;
        return realActions.send(frame, caller, silent, options);
      },
    }),
  },
];

type Ack = Awaited<ReturnType<Actions["send"]>>;

function changingAck(change: (ack: Ack) => Ack) {
  return withActions({
    send: async (frame, caller, ports, { acknowledge, ...rest }) => {
      const changed = acknowledge && ((ack: Ack) => acknowledge(change(ack)));
      return change(
        await realActions.send(frame, caller, ports, {
          ...rest,
          ...(changed && { acknowledge: changed }),
        }),
      );
    },
  });
}

/** Takes a number, then stores there: dense only when all go the same pace, and nobody dies. */
function sendByCounter(): Actions["send"] {
  const taken = new Map<string, number>();
  return async (frame, caller, ports, options) => {
    const room = frame.room ?? "";
    const seq = (taken.get(room) ?? 0) + 1;
    taken.set(room, seq);
    await ports.memberships.find(caller.user, room);
    const { user: from } = caller;
    const { text, cid = "none" } = frame;
    const tag = ports.newTag();
    const draft = { room, from, cid, text, sentAtMs: ports.clock.nowMs(), tag };
    const { event } = decideAppend([], draft);
    await ports.log.put(room, { ...event, seq, n: seq });
    const { sentAtMs } = event;
    const ack = { type: "ack", room, seq, n: seq, tag, cid, sentAtMs } as const;
    await options.acknowledge?.(ack);
    return ack;
  };
}
