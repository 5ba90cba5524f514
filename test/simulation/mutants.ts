/**
 * Actions that are wrong in one way each, as somebody could have written them. What the simulation
 * and the checker are worth is that they notice every one.
 */
import { decideAppend } from "../../lib/domain/append.ts";
import { roomTopic } from "../../lib/domain/topics.ts";
import type { MessageLog } from "../../lib/ports.ts";
import type { LogEvent } from "../../lib/protocol/serverFrames.ts";
import { publishToRoom } from "../../lib/pubsub/publish.ts";
import {
  appendAndRetry,
  directAndHello,
  forgetAndSync,
  leaveAndSync,
  syncAndAppend,
  twoAppends,
} from "./cases.ts";
import { type Actions, realActions } from "./service.ts";
import type { SmallCase } from "./smallCase.ts";

export interface Mutant {
  what: string;
  /** The promise that it breaks. */
  promise: number;
  small: SmallCase;
  /** A new one for each run, since some remember. */
  actions: () => Actions;
  /** Whether it only shows when somebody is killed. */
  kills?: 1;
}

const withSend = (send: Actions["send"]) => () => ({ ...realActions, send });

export const mutants: readonly Mutant[] = [
  {
    what: "an append that does not look for its cid",
    promise: 1,
    small: appendAndRetry,
    actions: withSend((frame, caller, ports, options) => {
      const nameless = <E extends LogEvent>(event: E) => ({ ...event, cid: "another" });
      const tail: MessageLog["tail"] = async (room, limit) => {
        const { events, delivery } = await ports.log.tail(room, limit);
        return { events: events.map(nameless), delivery };
      };
      const put: MessageLog["put"] = async (room, event) => {
        const taken = await ports.log.put(room, event);
        return taken === "stored" ? taken : nameless(taken);
      };
      return realActions.send(
        frame,
        caller,
        { ...ports, log: { ...ports.log, tail, put } },
        options,
      );
    }),
  },
  {
    what: "an append that takes positions from a counter",
    promise: 2,
    small: twoAppends,
    kills: 1,
    actions: () => ({ ...realActions, send: sendByCounter() }),
  },
  {
    what: "an append that acks before it stores",
    promise: 1,
    small: twoAppends,
    actions: withSend(async (frame, caller, ports, options) => {
      const put: MessageLog["put"] = async (room, event) => {
        const { seq, n, cid, sentAtMs } = event;
        await options.acknowledge?.({ type: "ack", room, seq, n, cid, sentAtMs });
        return ports.log.put(room, event);
      };
      const { acknowledge: _, ...rest } = options;
      return realActions.send(frame, caller, { ...ports, log: { ...ports.log, put } }, rest);
    }),
  },
  {
    what: "an append that announces before it stores",
    promise: 2,
    small: twoAppends,
    actions: withSend((frame, caller, ports, options) => {
      const put: MessageLog["put"] = async (room, event) => {
        const early = { type: "events" as const, room, events: [event] };
        await publishToRoom(ports, room, early, {}, async () => {});
        return ports.log.put(room, event);
      };
      return realActions.send(frame, caller, { ...ports, log: { ...ports.log, put } }, options);
    }),
  },
  {
    what: "a retry that is acked but not announced again",
    promise: 4,
    small: twoAppends,
    kills: 1,
    actions: withSend(async (frame, caller, ports, options) => {
      const tail = await ports.log.list(frame.room ?? "", { limit: 10, order: "newest first" });
      const isKnown = tail.some(({ cid, from }) => cid === frame.cid && from === caller.user);
      const silent = { ...ports.gateways, post: async () => "delivered" as const };
      if (!isKnown) return realActions.send(frame, caller, ports, options);
      return realActions.send(frame, caller, { ...ports, gateways: silent }, options);
    }),
  },
  {
    what: "a publish that read its subscribers before the event was stored",
    promise: 4,
    small: syncAndAppend,
    actions: withSend(async (frame, caller, ports, options) => {
      const early = await ports.subscriptions.listSome(roomTopic(frame.room ?? ""), 100);
      const subscriptions = { ...ports.subscriptions, listSome: async () => early };
      return realActions.send(frame, caller, { ...ports, subscriptions }, options);
    }),
  },
  {
    what: "a send that believes the frame about who it is from",
    promise: 6,
    small: directAndHello,
    actions: withSend((frame, caller, ports, options) =>
      realActions.send(
        { ...frame, room: "dm:alice:bob" },
        { ...caller, user: "bob" },
        ports,
        options,
      ),
    ),
  },
  {
    what: "a send that does not answer",
    promise: 9,
    small: twoAppends,
    actions: withSend((frame, caller, ports, options) =>
      realActions.send(frame, caller, ports, { publishMs: options.publishMs }),
    ),
  },
  {
    what: "a direct room that is opened after its first message",
    promise: 5,
    small: directAndHello,
    actions: withSend(async (frame, caller, ports, options) => {
      const late: (() => Promise<void>)[] = [];
      const add: typeof ports.memberships.add = async (...args) => {
        late.push(() => ports.memberships.add(...args));
      };
      const memberships = { ...ports.memberships, add };
      const ack = await realActions.send(frame, caller, { ...ports, memberships }, options);
      for (const open of late) await open();
      return ack;
    }),
  },
  {
    what: "a sync that reads before it subscribes",
    promise: 4,
    small: syncAndAppend,
    actions: () => ({ ...realActions, sync: syncReadingFirst }),
  },
  {
    what: "a leave that unsubscribes nobody",
    promise: 7,
    small: leaveAndSync,
    actions: () => ({
      ...realActions,
      leave: async ({ room }, { user }, ports) => {
        await ports.memberships.remove(user, room);
        return { type: "left", room };
      },
    }),
  },
  {
    what: "a disconnect that removes what names the rest first",
    promise: 8,
    small: forgetAndSync,
    actions: () => ({
      ...realActions,
      disconnect: async (connectionId, ports) => {
        const known = await ports.connections.end(connectionId);
        if (known) await ports.connections.removeAll([connectionId]);
        const topic = roomTopic("general");
        await ports.subscriptions.removeAll([{ topic, shard: 0, connectionId }]);
      },
    }),
  },
];

/** Takes a number, then stores there: dense only as long as nobody dies in between. */
function sendByCounter(): Actions["send"] {
  const taken = new Map<string, number>();
  return async (frame, caller, ports, options) => {
    const room = frame.room ?? "";
    const seq = (taken.get(room) ?? 0) + 1;
    taken.set(room, seq);
    await ports.memberships.find(caller.user, room);
    const { user: from } = caller;
    const { text, cid = "none" } = frame;
    const draft = { room, from, cid, text, sentAtMs: ports.clock.nowMs() };
    const { event } = decideAppend([], draft);
    await ports.log.put(room, { ...event, seq, n: seq });
    const ack = { type: "ack", room, seq, n: seq, cid, sentAtMs: event.sentAtMs } as const;
    await options.acknowledge?.(ack);
    return ack;
  };
}

const syncReadingFirst: Actions["sync"] = async (frame, caller, ports) => {
  const early = new Map<string, LogEvent[]>();
  for (const [room, after] of Object.entries(frame.rooms)) {
    early.set(room, await ports.log.list(room, { after, limit: 101, order: "oldest first" }));
  }
  const list: MessageLog["list"] = async (room, range) =>
    range.order === "oldest first" ? (early.get(room) ?? []) : ports.log.list(room, range);
  return realActions.sync(frame, caller, { ...ports, log: { ...ports.log, list } });
};
