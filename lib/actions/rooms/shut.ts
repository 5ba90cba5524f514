/**
 * Close a room, or open it again: for `close` and `reopen`. `send` reads it with the log's tail, so
 * nothing is taken that is asked for after the reply. A room that is so already is looked up in the
 * log, for the entry of a request that was killed.
 */
import { changeRoom } from "./changeRoom.ts";
import type { ChangeRoomAndRecordPorts } from "./configure.ts";
import { ensureRecorded, record } from "./record.ts";
import { type RoomCaller, requireRight } from "./standing.ts";

/** The room's `rev`. @throws ChatError `not_member`, `forbidden` */
export async function shut(
  name: string,
  closed: boolean,
  caller: RoomCaller,
  ports: ChangeRoomAndRecordPorts,
): Promise<number> {
  const { room } = await requireRight("close and reopen", name, caller, ports);
  const { item, isChange } = await changeRoom(ports, name, (found) =>
    found.closed === closed ? undefined : { closed },
  );
  const { rev } = item;
  const told = { kind: "room", set: { closed }, rev } as const;
  if (isChange) {
    await record(ports, room, caller, told);
  } else if (rev > 0) {
    await ensureRecorded(ports, room, caller, told, {
      isAbout: (event) => event.kind === "room" && event.set.closed !== undefined,
      says: (event) => event.kind === "room" && event.set.closed === closed,
    });
  }
  return rev;
}
