/**
 * Owners stand on the room, and their membership with them. So a change of the one looks at the
 * other behind it, and of two that race at least one sees what the other did: nobody who is out
 * leads a room, and the last owner stays (promise 16).
 */
import { ChatError } from "../../protocol/chatError.ts";
import { limits } from "../../protocol/limits.ts";
import { type ChangeRoomPorts, changeRoom } from "./changeRoom.ts";

/** @throws ChatError `forbidden` (too many), `rate_limited` */
export async function addOwner(
  ports: ChangeRoomPorts,
  operation: string,
  room: string,
  user: string,
): Promise<void> {
  await changeRoom(ports, operation, room, ({ owners }) => {
    if (owners.includes(user)) return undefined;
    if (owners.length >= limits.owners) {
      const reason = `it has ${limits.owners} owners already`;
      throw new ChatError("forbidden", `unable to ${operation} ${room}; ${reason}`);
    }
    return { owners: [...owners, user] };
  });
}

/** @throws ChatError `last_owner`, `rate_limited` */
export async function removeOwner(
  ports: ChangeRoomPorts,
  operation: string,
  room: string,
  user: string,
): Promise<void> {
  await changeRoom(ports, operation, room, ({ owners }) => {
    if (!owners.includes(user)) return undefined;
    if (owners.length === 1) {
      const reason = "make somebody else an owner first";
      throw new ChatError("last_owner", `unable to ${operation} ${room}; ${reason}`);
    }
    return { owners: owners.filter((owner) => owner !== user) };
  });
}
