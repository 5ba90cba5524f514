/**
 * Take nothing from a user any more, or again: no direct messages, invitations and mentions.
 *
 * The direct room of the two holds the blocks in force. The list of blocked users is for me alone.
 * It is written first and, to block, again behind the room. So at any crash, and in any race of two
 * of my devices, a block in force is on my list, where I can find it and end it.
 */

import type { Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { directRoom } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import type { PublishPorts } from "../../pubsub/deliver.ts";
import { publishToUser } from "../publish.ts";
import { changeRoom } from "../rooms/changeRoom.ts";
import type { RoomCaller } from "../rooms/standing.ts";
import { hasBlocked } from "./blocked.ts";

type BlockPorts = PublishPorts & Pick<Ports, "rooms" | "newMark" | "blocks">;

/** @throws ChatError `bad_request` (oneself) */
export async function block(
  { user: other, on }: ClientFrame<"block">,
  { user, connection }: RoomCaller,
  ports: BlockPorts,
): Promise<ServerFrame<"blocked">> {
  if (other === user) {
    throw new ChatError("bad_request", "you cannot block yourself");
  }
  if (on) await ports.blocks.put(user, other);
  const { isChange } = await changeRoom(ports, directRoom(user, other), (item) => {
    const { blockedBy = [] } = item;
    if (blockedBy.includes(user) === on) return undefined;
    const others = blockedBy.filter((one) => one !== user);
    return { blockedBy: on ? [...others, user] : others };
  });
  if (on) await ports.blocks.put(user, other);
  else await takeOff(user, other, ports);
  const blocked = { type: "blocked", user: other, on } as const;
  if (isChange) await publishToUser(ports, user, blocked, { connection });
  return blocked;
}

/** Another device may have blocked again meanwhile. Of the two, the later one sees the other. */
async function takeOff(user: string, other: string, ports: BlockPorts): Promise<void> {
  await ports.blocks.remove(user, other);
  if (await hasBlocked(ports, user, other)) await ports.blocks.put(user, other);
}
