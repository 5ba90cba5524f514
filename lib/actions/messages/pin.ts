/**
 * Pin a message in its room, or take the pin away. The pins stand on the room's item, as positions:
 * the messages are read by those who want to see them, as they are then.
 *
 * The item is changed first, then the entry is appended. The entry has all pins and the room's
 * `rev`, so of entries that overtake each other the one with the highest `rev` counts. It is
 * appended also where nothing had to change: a request that was killed between the two is completed
 * by its retry, and after the reply every client learns of the pins.
 */
import { ChatError } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { limits } from "../../protocol/limits.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { changeRoom } from "../rooms/changeRoom.ts";
import type { ChangeRoomAndRecordPorts } from "../rooms/configure.ts";
import { record } from "../rooms/record.ts";
import { type RoomCaller, requireRight } from "../rooms/standing.ts";
import { findMessage, noMessage } from "./findMessage.ts";

/**
 * @throws ChatError `not_member`, `forbidden` (no right, or too many pins), `closed`, `muted`,
 * `bad_request` (no message to pin)
 */
export async function pin(
  { room: name, seq, on }: ClientFrame<"pin">,
  caller: RoomCaller,
  ports: ChangeRoomAndRecordPorts,
): Promise<ServerFrame<"pinned">> {
  const { room, membership } = await requireRight("pin", name, caller, ports);
  const message = on ? await findMessage(ports, name, seq, membership) : undefined;
  if (on && message === undefined) throw noMessage(seq);
  const { item } = await changeRoom(ports, name, ({ pins }) => {
    if (pins.includes(seq) === on) return undefined;
    if (!on) return { pins: pins.filter((pinned) => pinned !== seq) };
    if (pins.length < limits.pins) return { pins: [...pins, seq] };
    throw new ChatError("forbidden", `the room has ${limits.pins} pins`);
  });
  const { pins, rev } = item;
  await record(ports, room, caller, { kind: "room", set: { pins: [...pins] }, rev });
  return { type: "pinned", room: name, seq, on, rev };
}
