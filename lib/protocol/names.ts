/**
 * The grammar of every name on the wire, and the reasons that say it to a person.
 *
 * A user is the value of the token's claim, to the letter, so that no two of an issuer's users can
 * become one. A direct room is named after its two users in code-unit order: the same two people
 * always share one room, and its name alone says who belongs to it. Users may hold the colon that
 * stands between them there, so within such a name, and nowhere else, `~` is written `~0` and `:`
 * is written `~1` (as in JSON Pointer, RFC 6901).
 */
import * as z from "zod/mini";
import { limits } from "./limits.ts";

/** Between its first and its last character, which are no spaces, a name has at most so many. */
const inner = limits.userCharacters - 2;
/** A path ends up without a segment "." or "..", however it is escaped (WHATWG URL). */
const userPattern = `(?!\\.{1,2}$)[!-~](?:[ -~]{0,${inner}}[!-~])?`;
const publicRoomPattern = "[a-z0-9][a-z0-9._-]{0,63}";
/** One character of a user in a direct room's name, but the space. */
const escaped = "(?:[!-9;-}]|~[01])";
const directUserPattern = `${escaped}(?:(?: |${escaped}){0,${inner}}${escaped})?`;
const directRoomPattern = `dm:${directUserPattern}:${directUserPattern}`;

/** Reads on from the name of a field, or from "unable to …; it". */
export const grammars = {
  user:
    `must be a user: 1–${limits.userCharacters} printable ASCII characters, ` +
    'no space at either end, not "." or ".."',
  escapedUser:
    `must have at most ${limits.escapedUserCharacters} characters ` +
    "after ~ is written ~0 and : is written ~1",
  room:
    "must be a room: 1–64 of a–z 0–9 . _ -, the first a letter or digit; " +
    "or a direct room, dm:<user>:<user>, in which a user's ~ is written ~0 and : is written ~1",
  directRoom: "must name the two users of a direct room in code-unit order",
  clientName: "must be 1–64 of A–Z a–z 0–9 . _ -",
} as const;

export const userName = z.string().check(
  z.regex(new RegExp(`^${userPattern}$`), grammars.user),
  z.refine((user) => escapeUser(user).length <= limits.escapedUserCharacters, grammars.escapedUser),
);

/**
 * A public room, or a direct room with its users in order. A user may write to themself, hence
 * `<=`.
 */
export const roomName = z.string().check(
  z.regex(new RegExp(`^(?:${publicRoomPattern}|${directRoomPattern})$`), grammars.room),
  z.refine((room) => (directUsers(room) ?? []).every(isUser), grammars.room),
  z.refine((room) => {
    const [, a = "", b = ""] = room.split(":");
    return a <= b || b === "";
  }, grammars.directRoom),
);

/** A client's name for a request (`id`) or for a message (`cid`). */
export const clientName = z.string().check(z.regex(/^[A-Za-z0-9._-]{1,64}$/, grammars.clientName));

/** The direct room of two users, in either order. */
export function directRoom(a: string, b: string): string {
  return ["dm", ...[escapeUser(a), escapeUser(b)].sort()].join(":");
}

/** The name of a private room: 110 random bits, so that nobody finds one by guessing. */
export const privateRoomPattern = /^p-(?:[a-z2-7]{22}|[a-z2-7]{26})$/;

/** A room's name, read once, where a request comes in. */
export interface Room {
  name: string;
  /** Whether only the service makes such a name, for a private room. */
  isPrivate: boolean;
  /** Of a direct room: its two users, twice the same for a room with oneself. */
  users?: readonly [string, string];
}

export function parseRoom(name: string): Room {
  const users = directUsers(name);
  return { name, isPrivate: privateRoomPattern.test(name), ...(users && { users }) };
}

/**
 * The two users of a direct room (twice the same for a room with oneself), or undefined for a
 * public room.
 */
export function directUsers(room: string): readonly [string, string] | undefined {
  const [prefix, a, b] = room.split(":");
  const isDirect = prefix === "dm" && a !== undefined && b !== undefined;
  return isDirect ? [unescapeUser(a), unescapeUser(b)] : undefined;
}

function escapeUser(user: string): string {
  return user.replaceAll("~", "~0").replaceAll(":", "~1");
}

function unescapeUser(part: string): string {
  return part.replaceAll("~1", ":").replaceAll("~0", "~");
}

const isUser = (user: string): boolean => userName.safeParse(user).success;

/**
 * Length in Unicode code points: what a person counts more nearly than UTF-16 units, and never more
 * bytes than 4 each.
 */
export function characters(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}
