/**
 * `parley-client/rooms`: rooms with owners, those who are in them, and what a user decides for
 * themself. Each function makes one request; docs/protocol.md says who may, and what it does.
 */
import type { Waiting } from "./abort.ts";
import type { Chat } from "./chat.ts";
import { asChatError } from "./chatError.ts";
import type { ChatRoom } from "./chatRoom.ts";
import type { ChatSnapshot, Invitation } from "./chatSnapshot.ts";
import type { Fields, MessageEvent, Reply } from "./frames.ts";
import { pagesAfter } from "./pagesAfter.ts";

type Role = Fields<"grant">["role"];
type Reasoned = Waiting & { reason?: string | undefined };

/**
 * Make a room, whose owner I am, and open it. A public one takes a name, `room`; a private one is
 * named by the service.
 * @throws ChatError `conflict` where there is such a room
 */
export async function create(
  chat: Chat,
  { signal, ...fields }: Fields<"create"> & Waiting,
): Promise<ChatRoom> {
  const { room } = await chat.ask("create", fields, { signal });
  const created = chat.room(room);
  await created.open({ signal });
  return created;
}

/** Set something of a room. What is not given stays. Returns all that is set. @throws ChatError */
export function configure(
  room: ChatRoom,
  { signal, ...settings }: Omit<Fields<"configure">, "room"> & Waiting,
): Promise<Reply<"configure">> {
  return room.ask("configure", settings, { signal });
}

/** All that is set of a room. @throws ChatError */
export function settings(room: ChatRoom, waiting?: Waiting): Promise<Reply<"settings">> {
  return room.ask("settings", {}, waiting);
}

/**
 * Be told what is set of a room that I am in: once it is known, and whenever it changes. Opens the
 * room, which stays open. Returns how to stop it.
 */
export function onSettings(
  room: ChatRoom,
  listener: (settings: Reply<"settings">) => void,
): () => void {
  const end = new AbortController();
  followSettings(room, listener, end.signal).catch(() => {}); // the room's snapshot says so
  return () => end.abort();
}

async function followSettings(
  room: ChatRoom,
  listener: (settings: Reply<"settings">) => void,
  signal: AbortSignal,
): Promise<void> {
  let known: Reply<"settings"> | undefined;
  const tell = (now: Reply<"settings">) => {
    if (signal.aborted || now.rev <= (known?.rev ?? -1)) return;
    known = now;
    listener(now);
  };
  const read = async (): Promise<void> => {
    try {
      tell(await settings(room, { signal }));
    } catch (error) {
      if (asChatError(error).code === "disconnected") return read();
    }
  };
  const followed = await room.follow();
  if (signal.aborted) return;
  const stops = [
    followed.onEvent((event) => {
      if (event.kind !== "room") return;
      // An entry says only what was set. Where one is missing, all is read.
      if (known && event.rev === known.rev + 1) tell({ ...known, ...event.set, rev: event.rev });
      else void read();
    }),
    followed.onDiscontinuity(() => {
      known = undefined;
      void read();
    }),
  ];
  signal.addEventListener("abort", () => {
    for (const stop of stops) stop();
  });
  await read();
}

/** Public rooms that are listed, page by page. @throws ChatError */
export function directory(
  chat: Chat,
  waiting?: Waiting,
): AsyncGenerator<Reply<"directory">["rooms"]> {
  return pagesAfter(
    (after?: string) => chat.ask("directory", { after }, waiting),
    (page) => page.rooms,
    ({ room }) => room,
  );
}

/** Who belongs to a room, with their roles, page by page. @throws ChatError */
export function members(
  room: ChatRoom,
  waiting?: Waiting,
): AsyncGenerator<Reply<"members">["members"]> {
  return pagesAfter(
    (after?: string) => room.ask("members", { after }, waiting),
    (page) => page.members,
    ({ user }) => user,
  );
}

/** Who is online in a room. @throws ChatError */
export function who(room: ChatRoom, waiting?: Waiting): Promise<Reply<"who">> {
  return room.ask("who", {}, waiting);
}

/** Invite a user, who accepts by `join`. @throws ChatError */
export async function invite(room: ChatRoom, user: string, waiting?: Waiting): Promise<void> {
  await room.ask("invite", { user }, waiting);
}

/** Take an invitation back. @throws ChatError `conflict` when it was accepted */
export async function uninvite(room: ChatRoom, user: string, waiting?: Waiting): Promise<void> {
  await room.ask("uninvite", { user }, waiting);
}

/** Say no to an invitation, or to a message request. @throws ChatError */
export async function decline(room: ChatRoom, waiting?: Waiting): Promise<void> {
  await room.ask("decline", {}, waiting);
}

/** Whether an invitation is a message request: a stranger has written to me for the first time. */
export function isRequest({ room }: Pick<Invitation, "room">): boolean {
  return room.startsWith("dm:");
}

/** Message requests that wait for me, those of `chat.snapshot`. One that I answered is none. */
export function requests({
  invitations,
  rooms,
}: Pick<ChatSnapshot, "invitations" | "rooms">): readonly Invitation[] {
  const mine = new Set(rooms.map(({ room }) => room));
  return invitations.filter((one) => isRequest(one) && !mine.has(one.room));
}

/** What the sender of a request wrote; they are not told that I read it. @throws ChatError */
export async function requested(
  chat: Chat,
  { room }: Pick<Invitation, "room">,
  { signal }: Waiting = {},
): Promise<MessageEvent | undefined> {
  const { events } = await chat.ask("history", { room, limit: 1 }, { signal });
  return events.find((event) => event.kind === "message");
}

/** Give a user a role, or take it away. @throws ChatError `last_owner` when nobody would be left */
export async function grant(
  room: ChatRoom,
  user: string,
  role: Role,
  waiting?: Waiting,
): Promise<void> {
  await room.ask("grant", { user, role }, waiting);
}

/** Put a member out, who may come back. @throws ChatError */
export async function kick(
  room: ChatRoom,
  user: string,
  { reason, signal }: Reasoned = {},
): Promise<void> {
  await room.ask("kick", { user, reason }, { signal });
}

/** Put a user out for good. @throws ChatError */
export async function ban(
  room: ChatRoom,
  user: string,
  { reason, signal }: Reasoned = {},
): Promise<void> {
  await room.ask("ban", { user, reason }, { signal });
}

/** End a ban. @throws ChatError */
export async function unban(
  room: ChatRoom,
  user: string,
  { reason, signal }: Reasoned = {},
): Promise<void> {
  await room.ask("unban", { user, reason }, { signal });
}

/** Who is banned, page by page. @throws ChatError */
export function bans(room: ChatRoom, waiting?: Waiting): AsyncGenerator<Reply<"bans">["bans"]> {
  return pagesAfter(
    (after?: string) => room.ask("bans", { after }, waiting),
    (page) => page.bans,
    ({ user }) => user,
  );
}

/** Let a member add nothing for so many milliseconds; 0 ends it. @throws ChatError */
export async function mute(
  room: ChatRoom,
  user: string,
  forMs: number,
  waiting?: Waiting,
): Promise<void> {
  await room.ask("mute", { user, forMs }, waiting);
}

/** Let nobody add anything to a room any more, or let them again. @throws ChatError */
export async function close(room: ChatRoom, waiting?: Waiting): Promise<void> {
  await room.ask("close", {}, waiting);
}

/** Open a closed room again. @throws ChatError */
export async function reopen(room: ChatRoom, waiting?: Waiting): Promise<void> {
  await room.ask("reopen", {}, waiting);
}

/** Report a message to those who lead its room. @throws ChatError */
export async function report(
  room: ChatRoom,
  seq: number,
  { reason, signal }: Reasoned = {},
): Promise<void> {
  await room.ask("report", { seq, reason }, { signal });
}

/** What was reported in a room, with a copy of each message, page by page. @throws ChatError */
export function reports(
  room: ChatRoom,
  waiting?: Waiting,
): AsyncGenerator<Reply<"reports">["reports"]> {
  return pagesAfter(
    (after?: string) => room.ask("reports", { after }, waiting),
    (page) => page.reports,
    ({ report }) => report,
  );
}

/** Take no direct messages, invitations and mentions from a user, or take them again. @throws */
export async function block(
  chat: Chat,
  user: string,
  { on = true, signal }: Waiting & { on?: boolean } = {},
): Promise<void> {
  await chat.ask("block", { user, on }, { signal });
}

/** The users that I block, page by page. @throws ChatError */
export function blocks(chat: Chat, waiting?: Waiting): AsyncGenerator<Reply<"blocks">["blocks"]> {
  return pagesAfter(
    (after?: string) => chat.ask("blocks", { after }, waiting),
    (page) => page.blocks,
    ({ user }) => user,
  );
}

/** How a room is shown to me on all my devices. What is not given stays. @throws ChatError */
export async function prefer(
  room: ChatRoom,
  { signal, ...preferences }: Omit<Fields<"preferences">, "room"> & Waiting,
): Promise<void> {
  await room.ask("preferences", preferences, { signal });
}
