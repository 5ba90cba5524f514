/** What a program that uses the client gets to see. */

export { askGateway } from "./askGateway.ts";
export {
  ChatClient,
  type ChatClientEvents,
  type Requestable,
} from "./chatClient.ts";
export { ChatError, type ClientCode } from "./chatError.ts";
export type { Place } from "./comeback.ts";
export type { Fields, LogEvent, Reply, ServerFrame } from "./frames.ts";
export { directRoom } from "./names.ts";
export type { Stored } from "./outbox.ts";
export type { Clock, Ports } from "./ports.ts";
export type { Discontinuity, Position, Room } from "./room.ts";
export type { Address, Socket, SocketConstructor, Whereabouts } from "./socket.ts";
export type { Status, StatusChange } from "./status.ts";
