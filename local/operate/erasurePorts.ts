/**
 * What the erasure of a user takes of the service, on the tables, and in silence: its changes and
 * entries neither carry what the table's stream is filtered by, nor does anybody get a push.
 * Clients find the entries in the log.
 */
import { dynamoConnections } from "../../lib/adapters/dynamodb/connections.ts";
import { dynamoMemberships } from "../../lib/adapters/dynamodb/memberships.ts";
import { dynamoMentions } from "../../lib/adapters/dynamodb/mentions.ts";
import { dynamoMessageChanges } from "../../lib/adapters/dynamodb/messageChanges.ts";
import { dynamoMessageLog } from "../../lib/adapters/dynamodb/messageLog.ts";
import { dynamoReactions } from "../../lib/adapters/dynamodb/reactions.ts";
import { dynamoRooms } from "../../lib/adapters/dynamodb/rooms.ts";
import { dynamoSubscriptions } from "../../lib/adapters/dynamodb/subscriptions.ts";
import type { MessageLog, Ports } from "../../lib/ports.ts";
import { clock, newId, newMark, newTag } from "../../lib/runtime.ts";
import type { UserTables } from "./userData.ts";

export type ErasurePorts = Pick<
  Ports,
  | "log"
  | "rooms"
  | "memberships"
  | "mentions"
  | "reactions"
  | "connections"
  | "subscriptions"
  | "newId"
  | "newMark"
  | "newTag"
> & { clock: Pick<Ports["clock"], "nowMs"> };

export function erasurePorts({ rooms, connections }: UserTables): ErasurePorts {
  return {
    log: silent(dynamoMessageLog(rooms), dynamoMessageChanges(rooms, false)),
    rooms: dynamoRooms(rooms),
    memberships: dynamoMemberships(rooms),
    mentions: dynamoMentions(connections),
    reactions: dynamoReactions(rooms),
    connections: dynamoConnections(connections),
    subscriptions: dynamoSubscriptions(connections),
    ...{ newId, newMark, newTag, clock },
  };
}

/** What is appended is delivered by nobody, also in a room whose events the stream delivers. */
function silent(log: MessageLog, changes: Pick<MessageLog, "findChangeable" | "change">) {
  return {
    ...log,
    ...changes,
    tail: async (room: string, limit: number) => {
      return { ...(await log.tail(room, limit)), delivery: "direct" as const };
    },
  };
}
