/** What the actions keep, in two tables. */
import { dynamoBlocks } from "../../lib/adapters/dynamodb/blocks.ts";
import type { Table } from "../../lib/adapters/dynamodb/client.ts";
import { dynamoConnections } from "../../lib/adapters/dynamodb/connections.ts";
import { dynamoExpiry } from "../../lib/adapters/dynamodb/expiry.ts";
import { dynamoMemberships } from "../../lib/adapters/dynamodb/memberships.ts";
import { dynamoMentions } from "../../lib/adapters/dynamodb/mentions.ts";
import { dynamoMessageLog } from "../../lib/adapters/dynamodb/messageLog.ts";
import { dynamoReactions } from "../../lib/adapters/dynamodb/reactions.ts";
import { dynamoReplies } from "../../lib/adapters/dynamodb/replies.ts";
import { dynamoReportedMessages } from "../../lib/adapters/dynamodb/reported.ts";
import { dynamoRooms } from "../../lib/adapters/dynamodb/rooms.ts";
import { dynamoSubscriptions } from "../../lib/adapters/dynamodb/subscriptions.ts";

export interface Tables {
  rooms: Table;
  connections: Table;
}

export function dynamoStores({ rooms, connections }: Tables) {
  return {
    log: dynamoMessageLog(rooms),
    expiry: dynamoExpiry(rooms),
    rooms: dynamoRooms(rooms),
    memberships: dynamoMemberships(rooms),
    blocks: dynamoBlocks(rooms),
    reported: dynamoReportedMessages(connections),
    reactions: dynamoReactions(rooms),
    replies: dynamoReplies(rooms),
    mentions: dynamoMentions(connections),
    connections: dynamoConnections(connections),
    subscriptions: dynamoSubscriptions(connections),
  };
}
