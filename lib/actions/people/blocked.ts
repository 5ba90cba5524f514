/**
 * Whether a user has blocked another. The direct room of the two says so, whether anything was said
 * there or not: `send` reads that with the log's tail, so that a block costs a message nothing.
 */
import type { Rooms } from "../../ports.ts";
import { directRoom } from "../../protocol/names.ts";

/**
 * Whether `user` takes nothing from `from`: one strong read. `invite` asks it for the one who is
 * invited. It is to be asked as well for each user that a message mentions.
 */
export async function hasBlocked(
  { rooms }: { rooms: Pick<Rooms, "find"> },
  user: string,
  from: string,
): Promise<boolean> {
  const { blockedBy = [] } = await rooms.find(directRoom(user, from));
  return blockedBy.includes(user);
}
