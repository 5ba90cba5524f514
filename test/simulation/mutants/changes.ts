/** Wrong ways to change messages, to tell of it, and to count: promises 12, 13 and 15. */
import type { Changed } from "../../../lib/actions/messages/announceChanges.ts";
import { putNext } from "../../../lib/actions/messages/putNext.ts";
import type { Reactor } from "../../../lib/model.ts";
import type { Ports } from "../../../lib/ports.ts";
import type { LogEvent, MessageEvent } from "../../../lib/protocol/serverFrames.ts";
import {
  deadEdit,
  deadReaction,
  editAndPages,
  editAndSync,
  largeAndDelete,
  reactionAndRetry,
  twoReactions,
} from "../cases/changes.ts";
import { realActions } from "../service.ts";
import { changedPorts, type Mutant, over, withActions } from "./mutant.ts";

/** A copy of the messages that it is asked for, which it keeps for all that ask later. */
function remembering(ports: Ports, copies: Map<string, LogEvent>): Ports {
  const { log } = ports;
  const copied = (room: string, event: LogEvent) => {
    if (event.kind !== "message") return event;
    const name = `${room} ${event.seq}`;
    const copy = copies.get(name) ?? event;
    copies.set(name, copy);
    return copy;
  };
  return changedPorts(ports, {
    log: {
      list: async (room, range) =>
        (await log.list(room, range)).map((event) => copied(room, event)),
    },
  });
}

const remembered = (action: "history" | "sync") => () => {
  const copies = new Map<string, LogEvent>();
  const real = realActions[action] as (frame: never, caller: never, ports: Ports) => unknown;
  const changed = (frame: never, caller: never, ports: Ports) =>
    real(frame, caller, remembering(ports, copies));
  return withActions({ [action]: changed })();
};

export const changeMutants: readonly Mutant[] = [
  {
    what: "a stream that nobody reads for changes",
    promise: 10,
    seenAs: 12,
    small: deadEdit,
    service: withActions({ announceChanges: async () => new Set() }),
  },
  {
    what: "an announcer that takes the entry of an earlier change for this one's",
    promise: 10,
    seenAs: 12,
    small: deadEdit,
    service: withActions({
      announceChanges: (changed, ports) => {
        const list: Ports["log"]["list"] = async (room, range) => {
          const found = await ports.log.list(room, range);
          return found.map((event) => (event.kind === "changed" ? { ...event, v: 1_000 } : event));
        };
        return realActions.announceChanges(changed, { ...ports, log: { ...ports.log, list } });
      },
    }),
  },
  {
    what: "an edit that is announced before it is made",
    promise: 12,
    small: editAndSync,
    service: over("edit", (ports) => ({
      log: {
        change: async (room, seq, change) => {
          const found = await ports.log.findChangeable(room, seq);
          const { v = 1, from } = found?.event ?? ({} as MessageEvent);
          await putNext(ports, room, { kind: "changed", of: seq, v: v + 1, from });
          return ports.log.change(room, seq, change);
        },
        // And not behind it.
        put: async () => "stored",
      },
    })),
  },
  {
    what: "an edit that leaves its announcement to the stream",
    promise: 12,
    small: editAndSync,
    service: over("edit", () => ({ log: { put: async () => "stored" } })),
  },
  {
    what: "a sync that shows a copy from before",
    promise: 12,
    small: editAndPages,
    service: remembered("sync"),
  },
  {
    what: "a history that shows a copy from before",
    promise: 13,
    small: editAndPages,
    service: remembered("history"),
  },
  {
    what: "a fan-out that posts what the stream brought",
    promise: 13,
    small: largeAndDelete,
    service: withActions({
      fanOut: (appended, deadlineMs, ports) => {
        const findAll = async () => appended.map(({ event }) => event);
        return realActions.fanOut(appended, deadlineMs, {
          ...ports,
          log: { ...ports.log, findAll },
        });
      },
    }),
  },
  {
    what: "a reaction that is added to what the message says",
    promise: 15,
    small: reactionAndRetry,
    service: withActions({
      react: async (frame, caller, ports) =>
        realActions.react(frame, caller, adding(ports as Ports, caller.user)),
      announceChanges: async (changed, ports) =>
        realActions.announceChanges(changed.filter(isNoReaction), ports),
    }),
  },
  {
    what: "a reaction that is counted before it is there, where the stream brings none",
    promise: 15,
    small: twoReactions,
    service: withActions({
      react: async (frame, caller, ports) =>
        realActions.react(frame, caller, countingFirst(ports as Ports)),
      announceChanges: (changed, ports) =>
        realActions.announceChanges(changed.filter(isNoReaction), ports),
    }),
  },
  {
    what: "a stream that brings no reactions",
    promise: 10,
    seenAs: 15,
    small: deadReaction,
    service: withActions({
      announceChanges: (changed, ports) =>
        realActions.announceChanges(changed.filter(isNoReaction), ports),
    }),
  },
];

const isNoReaction = ({ recountedUpTo }: Changed) => !recountedUpTo;

/** Whoever a message names has reacted to it, and so has the caller, once more. */
function adding(ports: Ports, me: string): Ports {
  return changedPorts(ports, {
    reactions: {
      list: async (room, seq) => {
        const message = (await ports.log.find(room, seq)) as MessageEvent;
        const [{ emoji, count, users } = { emoji: "👍", count: 0, users: [] as string[] }] =
          message.reactions ?? [];
        const named = [...users, `${me}-${count + 1}`];
        return named.map((user, at): Reactor => ({ user, emoji: [{ emoji, atMs: at }] }));
      },
    },
  });
}

/** Who had reacted when the reaction was about to be stored. */
function countingFirst(ports: Ports): Ports {
  const { reactions } = ports;
  let early: ReturnType<typeof reactions.list> | undefined;
  return changedPorts(ports, {
    reactions: {
      put: async (room, seq, ...one) => {
        early = reactions.list(room, seq, { limit: 1_000 });
        await early;
        return reactions.put(room, seq, ...one);
      },
      list: (...asked) => early ?? reactions.list(...asked),
    },
  });
}
