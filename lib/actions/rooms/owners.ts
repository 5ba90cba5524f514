/**
 * Owners stand on the room, and their membership with them. So a change of the one looks at the
 * other behind it, and of two that race at least one sees what the other did: nobody who is out
 * leads a room, and the last owner stays (promise 16).
 */
import { ChatError } from "../../protocol/chatError.ts";
import { limits } from "../../protocol/limits.ts";
import { type ChangeRoomPorts, changeRoom } from "./changeRoom.ts";

/** @throws ChatError `forbidden` (too many), `rate_limited` */
export async function addOwner(ports: ChangeRoomPorts, room: string, user: string): Promise<void> {
  await changeRoom(ports, room, ({ owners }) => {
    if (owners.includes(user)) return undefined;
    if (owners.length >= limits.owners) {
      throw new ChatError("forbidden", `the room has ${limits.owners} owners already`);
    }
    return { owners: [...owners, user] };
  });
}

/** @throws ChatError `last_owner`, `rate_limited` */
export async function removeOwner(
  ports: ChangeRoomPorts,
  room: string,
  user: string,
): Promise<void> {
  await changeRoom(ports, room, ({ owners }) => {
    if (!owners.includes(user)) return undefined;
    if (owners.length === 1) {
      throw new ChatError("last_owner", "make somebody else an owner first");
    }
    return { owners: owners.filter((owner) => owner !== user) };
  });
}
