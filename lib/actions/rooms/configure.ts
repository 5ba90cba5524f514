/**
 * Set something of a room. With `rev` it is set only if nothing was set since; without, the last
 * one wins. It holds when the reply is sent; members learn of it by the entry in the log.
 */
import type { Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { roomSettings } from "../../protocol/fields.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { changeRoom } from "./changeRoom.ts";
import { type RecordPorts, record } from "./record.ts";
import { type RoomCaller, requireRight, type StandingPorts } from "./standing.ts";

const operation = "configure";

export type ConfigurePorts = RecordPorts & StandingPorts & Pick<Ports, "newMark">;

/**
 * @throws ChatError `not_member`, `forbidden`, `conflict`, `bad_request` (a private room listed)
 */
export async function configure(
  frame: ClientFrame<"configure">,
  caller: RoomCaller,
  ports: ConfigurePorts,
): Promise<ServerFrame<"configured">> {
  const { action: _, id: __, room: name, rev, ...settings } = frame;
  const isLight = Object.keys(settings).every((field) => field === "title" || field === "topic");
  const act = isLight ? "set title and topic" : "set anything else";
  const { room } = await requireRight(act, operation, name, caller, ports);
  if (room.isPrivate && settings.listed) {
    throw new ChatError("bad_request", `unable to configure ${name}; a private room is not listed`);
  }
  const set = Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined),
  ) as Pick<typeof settings, never>;
  const { item } = await changeRoom(ports, operation, name, (found) => {
    if (rev !== undefined && rev !== found.rev) {
      const message = `unable to configure ${name}; it is at rev ${found.rev}`;
      throw new ChatError("conflict", message);
    }
    return settings.history === "since_join" ? { ...set, hidesPast: true } : set;
  });
  await record(ports, room, caller, { kind: "room", set, rev: item.rev });
  const shown = Object.keys(roomSettings.shape) as (keyof typeof roomSettings.shape)[];
  const kept = Object.fromEntries(
    shown.flatMap((field) => (item[field] === undefined ? [] : [[field, item[field]]])),
  );
  return { type: "configured", room: name, rev: item.rev, ...kept };
}
