/** What a program that uses the client gets to see. */

export type { Waiting } from "./abort.ts";
export {
  type Chat,
  type ChatEvents,
  type ChatOptions,
  createChat,
} from "./chat.ts";
export { ChatError, type ClientCode } from "./chatError.ts";
export type { ChatRoom } from "./chatRoom.ts";
export type { ChatSnapshot, ConnectionSnapshot, Invitation } from "./chatSnapshot.ts";
export type { Extras } from "./extras.ts";
export type { LogEvent, MessageEvent, ServerFrame } from "./frames.ts";
export { directRoom } from "./names.ts";
export type { Stored } from "./outbox.ts";
export type { Clock, Ports } from "./ports.ts";
export type { Gateway } from "./reconnect.ts";
export type { Discontinuity } from "./room.ts";
export type { RoomSummary } from "./roomList.ts";
export type { Message, Reaction, RoomSnapshot } from "./roomSnapshot.ts";
export type { Address, FindGateway, Socket, SocketConstructor } from "./socket.ts";
export type { Kept, KeptMessage, KeptPage, Store } from "./store.ts";
