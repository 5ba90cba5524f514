/**
 * What is set of a room, for its members. The log tells what was changed; who came later, or reads
 * only the end of it, asks here.
 */
import type { RoomItem } from "../../model.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { roomSettings } from "../../protocol/fields.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { type RoomCaller, requireRight, type StandingPorts } from "./standing.ts";

/** @throws ChatError `not_member`, `forbidden` (a direct room) */
export async function settings(
  { room }: ClientFrame<"settings">,
  caller: RoomCaller,
  ports: StandingPorts,
): Promise<ServerFrame<"settings">> {
  const { item } = await requireRight("see settings", room, caller, ports);
  return { type: "settings", room, ...settingsOf(item) };
}

/** What there is to show of what is set, and at which `rev`. */
export function settingsOf(item: RoomItem) {
  const shown = Object.keys(roomSettings.shape) as (keyof typeof roomSettings.shape)[];
  const kept = shown.flatMap((field) => (item[field] === undefined ? [] : [[field, item[field]]]));
  return { rev: item.rev, ...Object.fromEntries(kept) };
}
