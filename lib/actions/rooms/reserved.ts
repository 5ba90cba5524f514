/** Names of public rooms that the operator keeps for itself: who makes a room under one. */
import type { Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { Room } from "../../protocol/names.ts";
import type { RoomCaller } from "./standing.ts";

/** Refuse to bring a room into being under such a name. @throws ChatError `forbidden` */
export function assertNotReserved(
  { name, isPrivate }: Room,
  { isAdmin = false }: RoomCaller,
  ports: Pick<Ports, "isReserved">,
): void {
  if (isAdmin || isPrivate || !ports.isReserved(name)) return;
  throw new ChatError("forbidden", "the name is reserved, and there is no such room");
}
