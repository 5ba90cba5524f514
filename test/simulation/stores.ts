/**
 * What outlives an operation: the tables in memory and the gateways with their sockets. A post that
 * is taken is received at once, unless the maker of the stores delays it.
 */

import type { Changed } from "../../lib/actions/messages/announceChanges.ts";
import type { StoredEvent, Subscription } from "../../lib/model.ts";
import type { Ports, PostResult } from "../../lib/ports.ts";
import type { LogEvent, ServerFrame } from "../../lib/protocol/serverFrames.ts";
import type { Expiry } from "../../lib/retentionPorts.ts";
import { memoryBlocks } from "../support/memory/blocks.ts";
import { memoryConnections } from "../support/memory/connections.ts";
import { memoryExpiry } from "../support/memory/expiry.ts";
import { memoryMemberships } from "../support/memory/memberships.ts";
import { memoryMentions } from "../support/memory/mentions.ts";
import { type MemoryLog, memoryMessageLog } from "../support/memory/messageLog.ts";
import { memoryReactions } from "../support/memory/reactions.ts";
import { memoryReplies } from "../support/memory/replies.ts";
import { memoryReportedMessages } from "../support/memory/reported.ts";
import { memorySubscriptions } from "../support/memory/subscriptions.ts";
import { type Removed, remembering } from "./removed.ts";

interface Network {
  /** The gateways of the connections whose handshake is over and which have not closed. */
  readonly open: Map<string, string>;
  /** Another gateway than its own knows nothing of a connection. */
  post(gateway: string, connection: string, frame: ServerFrame): PostResult | "silent";
  /** A post to a silent one is given up. */
  giveUp(connection: string): void;
  /** False when it was closed already. */
  close(connection: string): boolean;
}

export interface Stores
  extends Pick<
    Ports,
    | "memberships"
    | "blocks"
    | "reported"
    | "reactions"
    | "replies"
    | "mentions"
    | "connections"
    | "subscriptions"
  > {
  log: MemoryLog;
  expiry: Expiry;
  /** What it removed, as it was. */
  readonly removed: Removed;
  network: Network;
  /** A put that may be asked twice, as DynamoDB's is. */
  put(room: string, event: StoredEvent): Promise<StoredEvent | "stored">;
  /** Of one shard; of all of them unless told. */
  subscribersOf(topic: string, shard?: number): Promise<Subscription[]>;
  /** Rooms that have a log. */
  readonly rooms: ReadonlySet<string>;
  /** Topics that somebody subscribed to, ever. */
  readonly topics: ReadonlySet<string>;
}

interface StoreEvents {
  appended(room: string, event: LogEvent): void;
  /** An event that the stream is to deliver. */
  streamed(room: string, event: LogEvent): void;
  /** A message that was changed, or reacted to: the stream brings it to `announce`. */
  changed(changed: Changed): void;
  closed(connection: string): void;
  /**
   * What becomes of a post to an open connection; "delivered" hands the frame over, and "silent"
   * is no answer at all, for as long as anybody waits.
   */
  posted(connection: string, frame: ServerFrame): PostResult | "silent";
  /** A post to a connection that is there was not taken. */
  untaken(connection: string): void;
}

export function createStores(events: StoreEvents): Stores {
  const log = memoryMessageLog(events.streamed, (room, event, recountedUpTo = 0) =>
    events.changed({ room, event, recountedUpTo }),
  );
  const reactions = memoryReactions((room, seq) =>
    events.changed({ room, event: { seq }, recountedUpTo: Infinity }),
  );
  const replies = memoryReplies();
  const removed: Removed = new Map();
  const subscriptions = memorySubscriptions();
  const rooms = new Set<string>();
  const topics = new Set<string>();
  const open = new Map<string, string>();
  return {
    log,
    expiry: remembering(memoryExpiry({ log, reactions, replies }), log, removed),
    removed,
    memberships: memoryMemberships(),
    blocks: memoryBlocks(),
    reported: memoryReportedMessages(),
    reactions,
    replies,
    mentions: memoryMentions(),
    connections: memoryConnections(),
    subscriptions: {
      ...subscriptions,
      put(subscription) {
        topics.add(subscription.topic);
        return subscriptions.put(subscription);
      },
      reserve(subscription) {
        topics.add(subscription.topic);
        return subscriptions.reserve(subscription);
      },
      hear(subscription, epoch) {
        topics.add(subscription.topic);
        return subscriptions.hear(subscription, epoch);
      },
    },
    rooms,
    topics,
    network: {
      open,
      post(gateway, connection, frame) {
        if (open.get(connection) !== gateway) return "gone";
        const result = events.posted(connection, frame);
        if (result !== "delivered" && result !== "silent") events.untaken(connection);
        return result;
      },
      giveUp: (connection) => events.untaken(connection),
      close(connection) {
        const wasOpen = open.delete(connection);
        if (wasOpen) events.closed(connection);
        return wasOpen;
      },
    },
    async put(room, event) {
      const isAgain = (await log.find(room, event.seq)) !== undefined;
      const result = await log.put(room, event);
      if (isAgain || result !== "stored") return result;
      rooms.add(room);
      events.appended(room, event);
      return result;
    },
    async subscribersOf(topic, shard) {
      const found: Subscription[] = [];
      const last = shard ?? (await subscriptions.shardsOf(topic)) - 1;
      for (let index = shard ?? 0; index <= last; index += 1) {
        for await (const page of subscriptions.listShard(topic, index)) found.push(...page);
      }
      return found;
    },
  };
}
