/**
 * Mentions of a message that is being sent. Before the message is put, beside the room's tail, each
 * named user is looked up. The message keeps the names of members who do not block the sender, and
 * the others are left out without a word. A note for each of them is put behind the
 * message and ahead of its ack. So a crash between the two leaves a message that nobody was told to
 * have been mentioned in, and no ack: the sender's retry finds the message and puts the notes.
 */
import { mapInFlight } from "../../concurrency.ts";
import type { Memberships, NewMentions, Ports, Rooms } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import { limits } from "../../protocol/limits.ts";
import type { Room } from "../../protocol/names.ts";
import type { MessageEvent } from "../../protocol/serverFrames.ts";
import { hasBlocked } from "../people/blocked.ts";
import { findMember } from "../rooms/membership.ts";

export interface MentioningPorts {
  memberships: Pick<Memberships, "find" | "listUsers">;
  rooms: Pick<Rooms, "find">;
  mentions: NewMentions;
}

/** Users looked up at once, of two reads each. */
const usersInFlight = 16;

/** Those of `users` who may see what is said in the room, and do not block the sender. */
export async function mentionable(
  ports: MentioningPorts,
  room: Room,
  from: string,
  users: readonly string[],
): Promise<string[]> {
  const others = [...new Set(users)].filter((user) => user !== from);
  const may = await mapInFlight(others, usersInFlight, async (user) => {
    const [member, isBlocked] = await Promise.all([
      findMember(ports, user, room),
      hasBlocked(ports, user, from),
    ]);
    return member !== undefined && !isBlocked;
  });
  return others.filter((_, index) => may[index]);
}

/** Refuse to mention everybody where they are too many. @throws ChatError `forbidden` */
export async function assertFewMembers(ports: MentioningPorts, { name }: Room): Promise<void> {
  if (await ports.memberships.listUsers(name, limits.everyoneMembers)) return;
  throw new ChatError(
    "forbidden",
    `the room has more than ${limits.everyoneMembers} members to mention`,
  );
}

/** Put the notes of a message that is in the log: those of the message as it is there. */
export async function noteMentions(
  ports: MentioningPorts,
  room: Room,
  { seq, tag, from, sentAtMs, mentions = [], everyone }: MessageEvent,
): Promise<void> {
  const all = everyone && (await ports.memberships.listUsers(room.name, limits.everyoneMembers));
  const users = all ? await mentionable(ports, room, from, [...all, ...mentions]) : mentions;
  if (users.length === 0) return;
  await ports.mentions.put(users, { room: room.name, seq, tag, from, atMs: sentAtMs });
}

/**
 * Put and remove exactly the notes that an edit changed. The caller gives the mentions from before
 * the edit. An edit does not touch the notes of a message to everyone.
 */
export async function renoteMentions(
  { mentions: notes }: Pick<Ports, "mentions">,
  room: string,
  { seq, tag, from, sentAtMs: atMs, mentions = [], everyone }: MessageEvent,
  before: readonly string[],
): Promise<void> {
  const added = mentions.filter((user) => !before.includes(user));
  const gone = everyone ? [] : before.filter((user) => !mentions.includes(user));
  if (added.length > 0) await notes.put(added, { room, seq, tag, from, atMs });
  if (gone.length > 0) await notes.remove(gone, [{ atMs, tag }]);
}

export type ForgetMentionsPorts = Pick<Ports, "mentions"> & {
  memberships: Pick<Memberships, "listUsers">;
};

/**
 * Remove the notes of a message that is about to be deleted. Where everyone was mentioned and the
 * room has grown too large since, they stay until they are read past.
 */
export async function forgetMentions(
  ports: ForgetMentionsPorts,
  room: string,
  { tag, sentAtMs, mentions = [], everyone }: MessageEvent,
): Promise<void> {
  const all = everyone && (await ports.memberships.listUsers(room, limits.everyoneMembers));
  const users = new Set([...(all || []), ...mentions]);
  await ports.mentions.remove([...users], [{ atMs: sentAtMs, tag }]);
}
