/** What can be done with messages and rooms by a line that begins with a slash. */
import type { Chat, ChatRoom, Message } from "../../client/index.ts";
import * as messages from "../../client/messageActions.ts";
import * as rooms from "../../client/roomActions.ts";
import { cleanLine, cleanText } from "./clean.ts";
import { lineOf } from "./listing.ts";

export const help = `/react EMOJI [N]    react to message N, or the newest; again: take it back
/reply N TEXT       quote message N
/thread N           the thread of message N: what I write is a reply; /thread leads back
/edit TEXT          put another text in place of my newest message
/delete [N]         delete message N, or my newest one
/pin N              pin message N; again: take the pin away
/pins               what is pinned here
/mentions           where I am mentioned and have not read yet; @USER in a line mentions a member
/members            who is in this room
/invite USER        invite somebody
/kick USER [REASON] put somebody out
/private TITLE      make a private room
/invitations        rooms that I am invited to; /room NAME accepts
/requests           strangers who have written to me, and what
/accept USER        take messages from one of them
/decline USER       take none; they are not told`;

export interface Place {
  chat: Chat;
  room: ChatRoom;
  /** What is shown: the room's messages, or those of a thread. */
  messages: readonly Message[];
  /** The position of the message whose thread is shown. */
  thread: number | undefined;
  note(text: string): void;
  open(name: string): Promise<void>;
  openThread(seq: number | undefined): void;
}

type Command = (place: Place, rest: string) => Promise<void>;

export const commands: Readonly<Record<string, Command>> = {
  async react({ room, messages: shown }, rest) {
    const [emoji = "", n] = rest.split(/\s+/);
    const message = messageAt(shown, n, () => true);
    const isMine = message.reactions?.some((one) => one.emoji === emoji && one.isMine);
    await messages.react(room, message.seq ?? 0, emoji, { on: !isMine });
  },
  async reply({ room, messages: shown, thread }, rest) {
    const [, n, text = ""] = /^(\d+)\s+(.*)$/s.exec(rest) ?? [];
    const { seq = 0 } = messageAt(shown, n ?? "none", () => true);
    const mentions = mentionedIn(text);
    await room.send(text, { replyTo: seq, thread, ...(mentions.length > 0 && { mentions }) });
  },
  async thread({ messages: shown, thread, openThread }, n) {
    if (n === "" && thread === undefined) throw new Error("name a message: /thread N");
    // A reply leads to the thread that it is in.
    const { seq, thread: root } = n === "" ? {} : messageAt(shown, n, () => true);
    openThread(typeof root === "number" ? root : seq);
  },
  async edit({ room, messages: shown }, rest) {
    const { seq = 0 } = messageAt(shown, undefined, ({ isMine }) => isMine);
    await messages.edit(room, seq, rest, { mentions: mentionedIn(rest) });
  },
  async delete({ room, messages: shown }, rest) {
    const { seq = 0 } = messageAt(shown, rest || undefined, ({ isMine }) => isMine);
    await messages.remove(room, seq);
  },
  async pin({ room, messages: shown, note }, n) {
    const { seq = 0 } = messageAt(shown, n || "none", () => true);
    const isPinned = room.snapshot.pins.includes(seq);
    await messages.pin(room, seq, { on: !isPinned });
    note(`${seq} is ${isPinned ? "no longer pinned" : "pinned"}`);
  },
  async pins({ room, note }) {
    const { pins } = room.snapshot;
    if (pins.length === 0) return note("nothing is pinned");
    for (const message of await messages.at(room, pins)) note(`pinned: ${lineOf(message)}`);
  },
  async mentions({ chat, note }) {
    let isNone = true;
    for await (const page of messages.mentions(chat)) {
      for (const { room, seq, from } of page) note(`${cleanLine(from)} in ${room}: ${seq}`);
      isNone &&= page.length === 0;
    }
    if (isNone) note("nobody has mentioned me since I read");
  },
  async members({ room, note }) {
    for await (const page of rooms.members(room)) {
      note(`members: ${page.map(({ user, role }) => named(user, role)).join(", ")}`);
    }
  },
  async invite({ room, note }, user) {
    await rooms.invite(room, user);
    note(`${cleanLine(user)} is invited`);
  },
  async kick({ room, note }, rest) {
    const [user = "", ...reason] = rest.split(/\s+/);
    await rooms.kick(room, user, { reason: reason.join(" ") || undefined });
    note(`${cleanLine(user)} was put out`);
  },
  async private({ chat, open }, title) {
    await open((await rooms.create(chat, { visibility: "private", title })).name);
  },
  async invitations({ chat, note }) {
    for (const one of chat.snapshot.invitations) {
      const { room, by = "", title = "" } = one;
      if (rooms.isRequest(one)) continue;
      note(`${cleanLine(by)} invites me to ${cleanLine(title)}: /room ${room}`);
    }
  },
  async requests({ chat, note }) {
    for (const one of rooms.requests(chat.snapshot)) {
      const text = (await rooms.requested(chat, one))?.text ?? "";
      note(`${cleanLine(one.by ?? one.room)} would like to write to me: ${cleanText(text)}`);
    }
  },
  async accept({ chat, open }, user) {
    const { name } = await chat.to(user);
    await chat.room(name).join();
    await open(name);
  },
  async decline({ chat, note }, user) {
    await rooms.decline(await chat.to(user));
    note(`nothing more comes from ${cleanLine(user)}`);
  },
};

/** The users that a text names. Whoever is no member is left out by the service. */
export function mentionedIn(text: string): string[] {
  const named = [...text.matchAll(/(?<=^|\s)@([!-~]+)/g)];
  return named
    .map(([, name = ""]) => name.replace(/[.,:;!?)]+$/, ""))
    .filter((name) => name !== "");
}

/** The message with this number, or the newest that is meant. */
function messageAt(
  shown: readonly Message[],
  n: string | undefined,
  isMeant: (message: Message) => boolean,
): Message {
  const found = shown.findLast((one) =>
    n === undefined ? one.status === "sent" && !one.deleted && isMeant(one) : one.seq === Number(n),
  );
  if (found === undefined) throw new Error(n === undefined ? "there is none" : `there is no ${n}`);
  return found;
}

function named(user: string, role: string): string {
  return role === "member" ? cleanLine(user) : `${cleanLine(user)} (${role})`;
}
