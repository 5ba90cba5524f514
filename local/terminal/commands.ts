/** What can be done with messages and rooms by a line that begins with a slash. */
import type { Chat, ChatRoom, Invitation, Message } from "../../client/index.ts";
import * as messages from "../../client/messageActions.ts";
import * as rooms from "../../client/roomActions.ts";
import { cleanLine, cleanText } from "./clean.ts";
import { lineOf } from "./listing.ts";

const minuteMs = 60_000;

export const help = `/react EMOJI [N]    react to message N, or the newest; again: take it back
/reply N TEXT       quote message N
/thread N           the thread of message N: what I write is a reply; /thread leads back
/edit TEXT          put another text in place of my newest message
/delete [N]         delete message N, or my newest one
/pin N              pin message N; again: take the pin away
/pins               what is pinned here
/mentions           where I am mentioned and have not read yet; @USER in a line mentions a member
/report N [REASON]  report message N to those who lead this room
/members            who is in this room
/private TITLE      make a private room
/public NAME        make a public one, which I lead
/invite USER        invite somebody
/invitations        rooms that I am invited to; /room NAME accepts
/requests           strangers who have written to me, and what
/accept USER        take messages from one of them
/decline USER|ROOM  take none, or no invitation; a stranger is not told
/leave              leave this room
/block USER         take nothing from somebody any more; /unblock USER ends it
Those who lead a room:
/set FIELD VALUE    set its title, topic, invites, history, slowModeMs, listed or retentionMs
/close, /reopen     let nothing be added to it, or again
/role USER ROLE     make a member owner, moderator or member
/mute USER MINUTES  let a member add nothing for a while; 0 ends it
/kick USER [REASON] put somebody out
/ban USER [REASON]  put somebody out and keep them out; /unban USER ends it
/bans, /reports     who is banned; what was reported`;

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
    await room.send(text, { replyTo: seq, thread, ...mentionsOf(text) });
  },
  async thread({ messages: shown, thread, openThread }, n) {
    if (n === "" && thread === undefined) throw new Error("name a message: /thread N");
    // Of a reply, the thread that has it.
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
    const [user, reason] = reasoned(rest);
    await rooms.kick(room, user, { reason });
    note(`${cleanLine(user)} was put out`);
  },
  async ban({ room, note }, rest) {
    const [user, reason] = reasoned(rest);
    await rooms.ban(room, user, { reason });
    note(`${cleanLine(user)} is banned`);
  },
  async unban({ room, note }, user) {
    await rooms.unban(room, user);
    note(`${cleanLine(user)} may come back`);
  },
  async bans({ room, note }) {
    for await (const page of rooms.bans(room)) {
      note(`banned: ${page.map(({ user }) => cleanLine(user)).join(", ")}`);
    }
  },
  async mute({ room, note }, rest) {
    const [user = "", minutes] = rest.split(/\s+/);
    await rooms.mute(room, user, Number(minutes) * minuteMs);
    note(Number(minutes) > 0 ? `${cleanLine(user)} is muted` : `${cleanLine(user)} may write`);
  },
  async role({ room, note }, rest) {
    const [user = "", role = ""] = rest.split(/\s+/);
    await rooms.grant(room, user, role as Parameters<typeof rooms.grant>[2]);
    note(`${cleanLine(user)} is ${role} now`);
  },
  async set({ room, note }, rest) {
    const [, field = "", value = ""] = /^(\S+)\s*(.*)$/s.exec(rest) ?? [];
    const isText = ["title", "topic", "invites", "history"].includes(field);
    const {
      type: _,
      id: __,
      ...kept
    } = await rooms.configure(room, {
      [field]: isText ? value : parsed(value),
    });
    for (const [name, now] of Object.entries(kept)) note(`${name}: ${cleanLine(String(now))}`);
  },
  async close({ room, note }) {
    await rooms.close(room);
    note("the room is closed");
  },
  async reopen({ room, note }) {
    await rooms.reopen(room);
    note("the room is open again");
  },
  async report({ room, messages: shown, note }, rest) {
    const [n, reason] = reasoned(rest);
    const { seq = 0 } = messageAt(shown, n, () => true);
    await rooms.report(room, seq, { reason });
    note(`message ${seq} is reported`);
  },
  async reports({ room, note }) {
    for await (const page of rooms.reports(room)) {
      for (const { by, event, reason } of page) {
        const why = reason ? ` (${cleanLine(reason)})` : "";
        const said = cleanText(event.text ?? "");
        note(`${cleanLine(by)} reports ${cleanLine(event.from)}: ${said}${why}`);
      }
    }
  },
  async block({ chat, note }, user) {
    await rooms.block(chat, user);
    note(`nothing more comes from ${cleanLine(user)}`);
  },
  async unblock({ chat, note }, user) {
    await rooms.block(chat, user, { on: false });
    note(`${cleanLine(user)} may write to me`);
  },
  async leave({ room }) {
    await room.leave();
  },
  async public({ chat, open }, name) {
    await open((await rooms.create(chat, { visibility: "public", room: name })).name);
  },
  async private({ chat, open }, title) {
    await open((await rooms.create(chat, { visibility: "private", title })).name);
  },
  async invitations({ chat, note }) {
    for (const one of chat.snapshot.invitations) {
      if (!rooms.isRequest(one)) note(invitation(one));
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
  async decline({ chat, note }, name) {
    const isRoom = chat.snapshot.invitations.some(({ room }) => room === name);
    await rooms.decline(isRoom ? chat.room(name) : await chat.to(name));
    note(isRoom ? "declined" : `nothing more comes from ${cleanLine(name)}`);
  },
};

/** What a message says of the users whom its text names, if it names any. */
export function mentionsOf(text: string): { mentions?: string[] } {
  const mentions = mentionedIn(text);
  return mentions.length > 0 ? { mentions } : {};
}

/** The users that a text names. The service leaves out those who are no members. */
export function mentionedIn(text: string): string[] {
  const named = [...text.matchAll(/(?<=^|\s)@([!-~]+)/g)];
  return named
    .map(([, name = ""]) => name.replace(/[.,:;!?)]+$/, ""))
    .filter((name) => name !== "");
}

/** What tells of an invitation to a room. */
export function invitation({ room, by = "", title = "" }: Invitation): string {
  const what = `${cleanLine(by)} invites me to ${cleanLine(title || room)}`;
  return `${what}: /room ${room}, or /decline ${room}`;
}

/** Whom or what a command is about, and why. */
function reasoned(rest: string): [string, string | undefined] {
  const [about = "", ...reason] = rest.split(/\s+/);
  return [about, reason.join(" ") || undefined];
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
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
