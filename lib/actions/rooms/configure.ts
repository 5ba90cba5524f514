/**
 * Set something of a room. With `rev` it is set only if nothing was set since; without, the last
 * one wins. It holds when the reply is sent; members learn of it by the entry in the log.
 */

import type { RoomItem } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import type { ChangeRoomPorts } from "./changeRoom.ts";
import { changeRoom } from "./changeRoom.ts";
import { ensureRecorded, type RecordPorts, record } from "./record.ts";
import { settingsOf } from "./settings.ts";
import { type RoomCaller, requireRight, type StandingPorts } from "./standing.ts";

export type ChangeRoomAndRecordPorts = RecordPorts & StandingPorts & ChangeRoomPorts;

/**
 * @throws ChatError `not_member`, `forbidden` (no right, or no retention here), `conflict`,
 * `bad_request` (a private room listed)
 */
export async function configure(
  frame: ClientFrame<"configure">,
  caller: RoomCaller,
  ports: ChangeRoomAndRecordPorts & Pick<Ports, "retains">,
): Promise<ServerFrame<"configured">> {
  const { action: _, id: __, room: name, rev, ...settings } = frame;
  const isLight = Object.keys(settings).every((field) => field === "title" || field === "topic");
  const act = isLight ? "set title and topic" : "set anything else";
  const { room } = await requireRight(act, name, caller, ports);
  if (room.isPrivate && settings.listed) {
    throw new ChatError("bad_request", "a private room is not listed");
  }
  if (settings.retentionMs && !ports.retains) {
    throw new ChatError("forbidden", "messages are kept here");
  }
  const set = Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined),
  ) as Pick<typeof settings, never>;
  const conflict = (at: number) => new ChatError("conflict", `the room is at rev ${at}`);
  const { item, isChange } = await changeRoom(ports, name, (found) => {
    // Its own change, perhaps, when the answer to it was lost.
    if (rev !== undefined && rev + 1 === found.rev && isSetIn(found, set)) return undefined;
    if (rev !== undefined && rev !== found.rev) throw conflict(found.rev);
    return settings.history === "since_join" ? { ...set, hidesPast: true } : set;
  });
  const told = { kind: "room", set, rev: item.rev } as const;
  if (!isChange) {
    await ensureRecorded(ports, room, caller, told, {
      isAbout: (event) => event.kind === "room",
      says: (event) => event.kind === "room" && event.rev === item.rev,
    });
    throw conflict(item.rev);
  }
  await record(ports, room, caller, told);
  return { type: "configured", room: name, ...settingsOf(item) };
}

function isSetIn(found: RoomItem, set: Partial<RoomItem>): boolean {
  return Object.entries(set).every(([field, value]) => found[field as keyof RoomItem] === value);
}
