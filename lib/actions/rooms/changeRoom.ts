/**
 * Change what was set of a room: decide from what is there, write unless somebody else was quicker,
 * and then decide anew.
 */
import type { RoomChange, RoomItem } from "../../model.ts";
import type { Ports, Rooms } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import { busy } from "./takeStep.ts";

export interface ChangeRoomPorts {
  rooms: Pick<Rooms, "find" | "change">;
  newMark: Ports["newMark"];
}

/**
 * The room as it then is. `decide` throws to refuse, and gives nothing where all is as it should
 * be.
 * @throws ChatError `rate_limited` (too many changes at once); and what `decide` throws
 */
export async function changeRoom(
  ports: ChangeRoomPorts,
  room: string,
  decide: (item: RoomItem) => Omit<RoomChange, "fromRev" | "mark"> | undefined,
): Promise<{ item: RoomItem; isChange: boolean }> {
  for (let attempt = 0; attempt < limits.changeAttempts; attempt += 1) {
    const item = await ports.rooms.find(room);
    const changes = decide(item);
    if (changes === undefined) return { item, isChange: false };
    const fromRev = item.rev;
    if (await ports.rooms.change(room, { fromRev, mark: ports.newMark(), ...changes })) {
      return { item: { ...item, ...changes, rev: fromRev + 1 }, isChange: true };
    }
  }
  throw busy();
}
