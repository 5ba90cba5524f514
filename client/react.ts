/**
 * `parley-client/react`: what React needs to render a chat. A component renders again only when
 * what it takes from a snapshot is another value.
 */
import { useEffect, useSyncExternalStore } from "react";
import type { Chat } from "./chat.ts";
import type { ChatRoom } from "./chatRoom.ts";
import type { ConnectionSnapshot, Invitation } from "./chatSnapshot.ts";
import type { RoomSummary } from "./roomList.ts";
import type { RoomSnapshot } from "./roomSnapshot.ts";
import { type ThreadSnapshot, thread } from "./thread.ts";

/** Where the connection stands, and who I am. */
export function useChat(chat: Chat): ConnectionSnapshot {
  return useSnapshot(chat.subscribe, () => chat.snapshot.connection);
}

/** My rooms, with what is unread in each. */
export function useRooms(chat: Chat): readonly RoomSummary[] {
  return useSnapshot(chat.subscribe, () => chat.snapshot.rooms);
}

/** The rooms that I am invited to. */
export function useInvitations(chat: Chat): readonly Invitation[] {
  return useSnapshot(chat.subscribe, () => chat.snapshot.invitations);
}

/**
 * What a room holds. Shows the room for as long as the component is mounted: opens it, and has its
 * hints told.
 */
export function useRoom(chat: Chat, name: string): RoomSnapshot {
  const room = chat.room(name);
  useEffect(() => room.show(), [room]);
  return useSnapshot(room.subscribe, () => room.snapshot);
}

/** Who types in a room that is shown. */
export function useTyping(chat: Chat, name: string): readonly string[] {
  const room = chat.room(name);
  return useSnapshot(room.subscribe, () => room.snapshot.typing);
}

/** What a thread holds. Shows the thread, and with it its room, while the component is mounted. */
export function useThread(room: ChatRoom, seq: number): ThreadSnapshot {
  const shown = thread(room, seq);
  useEffect(() => shown.show(), [shown]);
  return useSnapshot(shown.subscribe, () => shown.snapshot);
}

/** Rendered on a server, a chat is as it is there: idle and empty. */
function useSnapshot<T>(subscribe: (listener: () => void) => () => void, get: () => T): T {
  return useSyncExternalStore(subscribe, get, get);
}
