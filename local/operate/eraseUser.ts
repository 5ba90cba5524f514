/**
 * Erases a user. What names the rest goes last, so that a run that was killed anywhere is completed
 * by the next one: a room's membership behind what the room holds, and the list of blocks behind
 * the direct rooms.
 *
 * First the user leaves every room and is disconnected, so that nothing is added meanwhile. Then
 * each room is gone through (`eraseInRoom.ts`). At last their connections are looked for again: a
 * user whose tokens are still good may have come back.
 */

import { takeStep } from "../../lib/actions/rooms/takeStep.ts";
import { deleteAll } from "../../lib/adapters/dynamodb/batch.ts";
import { blockKey, mentionKey } from "../../lib/adapters/dynamodb/items.ts";
import { parseRoom } from "../../lib/protocol/names.ts";
import { isUserTopic } from "../../lib/pubsub/topics.ts";
import { eraseInRoom } from "./eraseInRoom.ts";
import type { ErasurePorts } from "./erasurePorts.ts";
import { erasurePorts } from "./erasurePorts.ts";
import { type Count, findLeader, giveUpLead } from "./giveUpLead.ts";
import {
  blocksOf,
  connectionsOf,
  mentionsOf,
  roomsOf,
  spendingOf,
  type UserTables,
} from "./userData.ts";

interface ErasureOptions {
  /** Only count, and change nothing. */
  isDryRun?: boolean;
  /** Called with what was done, or would be, to how many. */
  count?: Count;
  /** Called with a sentence, now and then. */
  progress?(text: string): void;
}

const progressRooms = 100;

/** Whether the user was found connected at the end, and so may go on writing. */
export async function eraseUser(
  tables: UserTables,
  user: string,
  { isDryRun = false, count = () => {}, progress = () => {} }: ErasureOptions = {},
): Promise<{ isBack: boolean }> {
  const ports = erasurePorts(tables);
  const rooms = await roomsOf(tables, user);
  for (const room of rooms) {
    const heir = await findLeader(ports, room, user);
    if (heir !== undefined) progress(`${room} is led by ${heir} from now on`);
    if (isDryRun) continue;
    await giveUpLead(ports, room, user, heir);
    await leave(ports, room, user);
  }
  if (!isDryRun) await disconnect(tables, ports, user);
  for (const [index, room] of rooms.entries()) {
    await eraseInRoom({ tables, ports, room, user, isDryRun, count, progress });
    if ((index + 1) % progressRooms === 0) progress(`${index + 1} of ${rooms.length} rooms so far`);
  }
  await eraseOwn(tables, user, isDryRun, count);
  if (isDryRun) return { isBack: false };
  return { isBack: (await disconnect(tables, ports, user)) > 0 };
}

/** Nobody leaves a direct room, and who is banned stays so until the membership goes. */
async function leave(ports: ErasurePorts, room: string, user: string): Promise<void> {
  if (parseRoom(room).users) return;
  const nowMs = ports.clock.nowMs();
  await takeStep(ports, { user, room, step: "leave" }, { nowMs });
}

/**
 * Let the service forget the user's connections: nothing is pushed to them any more, and at their
 * next frame they are told to disconnect. Nobody is told that the user went.
 */
async function disconnect(tables: UserTables, ports: ErasurePorts, user: string): Promise<number> {
  const found = await connectionsOf(tables, user);
  for (const { connectionId, topic, shard } of found) {
    const known = await ports.connections.end(connectionId);
    const topics = [...(known?.topics ?? [])].filter(([name]) => !isUserTopic(name));
    await ports.subscriptions.removeAll(
      topics.map(([name, at]) => ({ topic: name, shard: at, connectionId })),
    );
    await ports.connections.removeAll([connectionId]);
    // The one that names the connection goes last.
    await ports.subscriptions.removeAll([{ topic, shard, connectionId }]);
  }
  return found.length;
}

/** What is in partitions of the user's own, memberships aside. */
async function eraseOwn(
  tables: UserTables,
  user: string,
  isDryRun: boolean,
  count: Count,
): Promise<void> {
  const mentions = await mentionsOf(tables, user);
  const blocks = await blocksOf(tables, user);
  const spending = await spendingOf(tables, user);
  count("mention", mentions.length);
  count("block", blocks.length);
  if (isDryRun) return;
  const { rooms, connections } = tables;
  await deleteAll(connections, [...mentions.map((one) => mentionKey(user, one)), ...spending]);
  await deleteAll(
    rooms,
    blocks.map(({ blocked }) => blockKey(user, blocked)),
  );
}
