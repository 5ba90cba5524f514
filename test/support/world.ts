/**
 * The actions over memory, with a clock that stands still until it is moved and ids that count:
 * whole frames can be compared. `world()` is one service; `as(user)` is a user with a connection of
 * its own.
 */
import { connect } from "../../lib/actions/connections/connect.ts";
import { focus } from "../../lib/actions/people/focus.ts";
import { typingPace } from "../../lib/actions/people/typingPace.ts";
import { type ConnectedCaller, connectionExpiryMs } from "../../lib/model.ts";
import type { Ports } from "../../lib/ports.ts";
import type { ServerFrame } from "../../lib/protocol/serverFrames.ts";
import { nowMs, tagAt } from "./fixtures.ts";
import { memoryBlocks } from "./memory/blocks.ts";
import { memoryConnections } from "./memory/connections.ts";
import { memoryMemberships } from "./memory/memberships.ts";
import { memoryMentions } from "./memory/mentions.ts";
import { memoryMessageLog } from "./memory/messageLog.ts";
import { memoryReactions } from "./memory/reactions.ts";
import { memoryReplies } from "./memory/replies.ts";
import { memoryReportedMessages } from "./memory/reported.ts";
import { type MemorySockets, memorySockets } from "./memory/sockets.ts";
import { memorySubscriptions } from "./memory/subscriptions.ts";

export interface World {
  ports: Omit<Ports, "sockets"> & { sockets: MemorySockets };
  /** Move the clock forward. */
  pass(ms: number): void;
  /** Connect a user once more. Connections are named alice-1, alice-2, … */
  as(user: string, tokenSeconds?: number): Promise<ConnectedCaller>;
  /** Frames that were posted to a caller's connection since the last call. */
  received(caller: ConnectedCaller): ServerFrame[];
  /** What the operator was told. */
  reports: { what: string; details: Readonly<Record<string, unknown>> }[];
}

export function world(): World {
  let elapsedMs = 0;
  let ids = 0;
  let tags = 0;
  let marks = 0;
  let privateRooms = 0;
  const requested = new Map<string, number>();
  const reports: World["reports"] = [];
  const connected = new Map<string, number>();
  const seen = new Map<string, number>();
  const sockets = memorySockets();
  const { onRooms: rooms, ...log } = memoryMessageLog();
  const ports: World["ports"] = {
    log,
    rooms,
    memberships: memoryMemberships(),
    blocks: memoryBlocks(),
    reported: memoryReportedMessages(),
    allowance: async () => 0,
    reactions: memoryReactions(),
    replies: memoryReplies(),
    mentions: memoryMentions(),
    connections: memoryConnections(),
    subscriptions: memorySubscriptions(),
    sockets,
    clock: {
      nowMs: () => nowMs + elapsedMs,
      async wait(ms) {
        elapsedMs += ms;
      },
    },
    newId: () => `id-${++ids}`,
    newMark: () => `mark-${++marks}`,
    newPrivateRoom(request) {
      if (request === undefined) return `p-${letters(++privateRooms).padStart(22, "a")}`;
      const key = JSON.stringify([request.user, request.cid]);
      const number = requested.get(key) ?? requested.size + 1;
      requested.set(key, number);
      return `p-${letters(number).padStart(26, "a")}`;
    },
    isReserved: () => false,
    holdsRequests: false,
    retains: false,
    newTag: () => tagAt(++tags),
    random: () => 0.5,
    typingPace: typingPace(),
    report: (what, details) => reports.push({ what, details }),
    measure: () => {},
  };
  return {
    ports,
    reports,
    pass(ms) {
      elapsedMs += ms;
    },
    async as(user, tokenSeconds = 86_400) {
      const number = (connected.get(user) ?? 0) + 1;
      connected.set(user, number);
      const connectedAtMs = ports.clock.nowMs();
      const expiresAtMs = connectedAtMs + tokenSeconds * 1_000;
      const connection = {
        connectionId: `${user}-${number}`,
        gateway: `http://gateway-${number}`,
        user,
        connectedAtMs,
        expiresAtMs: connectionExpiryMs(connectedAtMs, expiresAtMs),
      };
      await connect(connection, ports);
      return { user, name: user.toUpperCase(), connection, expiresAtMs };
    },
    received({ connection: { connectionId } }) {
      const frames = sockets.framesOf(connectionId);
      const fresh = frames.slice(seen.get(connectionId) ?? 0);
      seen.set(connectionId, frames.length);
      return fresh;
    },
  };
}

/** Let a caller's connection look at rooms, and at no others. */
export async function look(
  { ports }: Pick<World, "ports">,
  caller: ConnectedCaller,
  ...rooms: string[]
): Promise<ServerFrame<"focused">["rooms"]> {
  return (await focus({ action: "focus", rooms }, caller, ports)).rooms;
}

/** Run `meanwhile` once, right behind the next call of a port's method. */
export function behindOnce(port: object, method: string, meanwhile: () => Promise<unknown>): void {
  const methods = port as Record<string, (...args: unknown[]) => Promise<unknown>>;
  const original = methods[method];
  if (original === undefined) throw new Error(`the port has no ${method}`);
  methods[method] = async (...args) => {
    methods[method] = original;
    const result = await original(...args);
    await meanwhile();
    return result;
  };
}

/** A number in letters alone, which all may stand in the name of a private room. */
const letters = (n: number): string =>
  [...String(n)].map((digit) => "abcdefghij"[Number(digit)]).join("");
