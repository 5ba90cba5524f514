/**
 * `parley-client/messages`: what can be done with messages that are stored. Changes are shown at
 * once, and taken back when the service refuses them.
 */
import type { Waiting } from "./abort.ts";
import type { Chat } from "./chat.ts";
import type { ChatRoom } from "./chatRoom.ts";
import type { Reply } from "./frames.ts";
import { messagesIn } from "./messages.ts";
import { overlayOf } from "./overlay.ts";
import { pagesAfter } from "./pagesAfter.ts";
import type { Message } from "./roomSnapshot.ts";

/**
 * Change the text of one of my messages. `mentions` replaces the users that it mentions. With `v`,
 * the edit is refused as `conflict` if the message has another version by now.
 * @throws ChatError `conflict`, `deleted`, `forbidden` and others
 */
export function edit(
  room: ChatRoom,
  seq: number,
  text: string,
  { v, mentions, signal }: Waiting & { v?: number; mentions?: string[] } = {},
): Promise<void> {
  const fields = { seq, text, v, mentions, cid: room.ports.newCid() };
  const editedAtMs = room.ports.clock.nowMs();
  const mine = { text: text.trim(), editedAtMs, ...(mentions && { mentions }) };
  return overlayOf(room).make("edit", fields, mine, signal);
}

/** Delete a message: one of mine, or as a moderator anybody's. @throws ChatError */
export function remove(room: ChatRoom, seq: number, { signal }: Waiting = {}): Promise<void> {
  const overlay = overlayOf(room);
  const by = overlay.find(seq)?.isMine ? ("author" as const) : ("moderator" as const);
  const mine = {
    ...{ text: "", name: undefined, data: undefined, replyTo: undefined, reactions: undefined },
    deleted: { by, atMs: room.ports.clock.nowMs() },
  };
  return overlay.make("delete", { seq }, mine, signal);
}

/**
 * React to a message with an emoji, or take that back. Doing it twice is doing it once.
 * @throws ChatError `bad_request` when it is no emoji, `forbidden`, `deleted` and others
 */
export function react(
  room: ChatRoom,
  seq: number,
  emoji: string,
  { on = true, signal }: Waiting & { on?: boolean } = {},
): Promise<void> {
  return overlayOf(room).make("react", { seq, emoji, on }, { emoji, on }, signal);
}

/** Pin a message, or take the pin away: for moderators and owners. @throws ChatError */
export async function pin(
  room: ChatRoom,
  seq: number,
  { on = true, signal }: Waiting & { on?: boolean } = {},
): Promise<void> {
  await room.ask("pin", { seq, on }, { signal });
}

/**
 * The log backwards, page by page; each page is oldest first.
 * @throws ChatError, or the reason of the signal
 */
export function history(
  room: ChatRoom,
  { before, ...waiting }: Waiting & { before?: number } = {},
): AsyncGenerator<readonly Message[]> {
  return backwards(room, before, (end) => room.ask("history", { before: end }, waiting));
}

/**
 * The replies to a message backwards, as `history`. To show them, take `parley-client/threads`.
 * @throws ChatError `bad_request` of a message that is a reply itself, and others
 */
export function replies(
  room: ChatRoom,
  seq: number,
  { before, ...waiting }: Waiting & { before?: number } = {},
): AsyncGenerator<readonly Message[]> {
  return backwards(room, before, (end) => room.ask("thread", { seq, before: end }, waiting));
}

async function* backwards(
  room: ChatRoom,
  before: number | undefined,
  ask: (before?: number) => Promise<Pick<Reply<"history">, "events" | "more">>,
): AsyncGenerator<readonly Message[]> {
  for (let end = before; ; ) {
    const { events, more } = await ask(end);
    const shown = messagesIn(events, room.me);
    if (shown.length > 0) yield shown;
    end = events[0]?.seq;
    if (!more || end === undefined) return;
  }
}

/** A page of messages around one, for a link that leads beyond what is shown. @throws ChatError */
export async function around(
  room: ChatRoom,
  seq: number,
  waiting?: Waiting,
): Promise<readonly Message[]> {
  const { events } = await room.ask("history", { around: seq }, waiting);
  return messagesIn(events, room.me);
}

/** At most 50 messages as they are now, by their positions: those that are there for me. @throws */
export async function at(
  room: ChatRoom,
  seqs: readonly number[],
  waiting?: Waiting,
): Promise<readonly Message[]> {
  const { events } = await room.ask("events", { seqs: [...seqs] }, waiting);
  return messagesIn(events, room.me);
}

/** Where I was mentioned and have not read yet, newest first, page by page. @throws ChatError */
export function mentions(
  chat: Chat,
  waiting?: Waiting,
): AsyncGenerator<Reply<"mentions">["mentions"]> {
  return pagesAfter(
    (after?: number) => chat.ask("mentions", { after }, waiting),
    (page) => page.mentions,
    ({ atMs }) => atMs,
  );
}

/** Who reacted to a message, and with what, page by page. @throws ChatError */
export function reactors(
  room: ChatRoom,
  seq: number,
  { emoji, ...waiting }: Waiting & { emoji?: string } = {},
): AsyncGenerator<Reply<"reactors">["reactors"]> {
  return pagesAfter(
    (after?: string) => room.ask("reactors", { seq, emoji, after }, waiting),
    (page) => page.reactors,
    ({ user }) => user,
  );
}

/** Who has read up to a position, in a room of at most 50 members. @throws ChatError */
export async function readers(
  room: ChatRoom,
  seq: number,
  waiting?: Waiting,
): Promise<Reply<"readers">["readers"]> {
  return (await room.ask("readers", { seq }, waiting)).readers;
}
