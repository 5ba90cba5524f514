/** Which members of a room are online now, and on how many connections. */

import type { Caller } from "../../model.ts";
import { countThatFit } from "../../protocol/frameSize.ts";
import { limits } from "../../protocol/limits.ts";
import { parseRoom } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { requireMember } from "../rooms/membership.ts";
import { type OnlineToPorts, onlineTo } from "./onlineTo.ts";

/** @throws ChatError `not_member`, `forbidden` */
export async function who(
  { room: name }: { room: string },
  caller: Caller,
  ports: OnlineToPorts,
): Promise<ServerFrame<"who">> {
  const room = parseRoom(name);
  await requireMember(ports, room, caller.user);
  const { online: users, isComplete } = await onlineTo(ports, room, caller);
  const listed = users.slice(0, limits.whoUsers);
  const online = listed.slice(0, countThatFit(listed));
  const more = online.length < users.length || !isComplete;
  return { type: "who", room: name, online, count: users.length, more };
}
