/**
 * The grammar of every name on the wire. A direct room is named after its two users in code-unit
 * order, so the same two people always share one room, and whether somebody belongs to it can be
 * read off its name, without a table.
 */
import * as z from "zod/mini";

const userPattern = "[A-Za-z0-9][A-Za-z0-9._@|-]{0,63}";
const publicRoomPattern = "[a-z0-9][a-z0-9._-]{0,63}";

export const userName = z
  .string()
  .check(z.regex(new RegExp(`^${userPattern}$`), "is not a user name"));
/**
 * A public room, or a direct room with its users in order. A user may write to themself, hence
 * `<=`.
 */
export const roomName = z.string().check(
  z.regex(
    new RegExp(`^(?:${publicRoomPattern}|dm:${userPattern}:${userPattern})$`),
    "is not a room name",
  ),
  z.refine((room) => {
    const [a, b] = directUsers(room) ?? ["", ""];
    return a <= b;
  }, "names the two users of a direct room in code-unit order"),
);

/** A client's name for a request (`id`) or for a message (`cid`). */
export const clientName = z
  .string()
  .check(z.regex(/^[A-Za-z0-9._-]{1,64}$/, "is not 1–64 characters of A–Z a–z 0–9 . _ -"));

/** The direct room of two users, in either order. */
export function directRoom(a: string, b: string): string {
  return a <= b ? `dm:${a}:${b}` : `dm:${b}:${a}`;
}

/**
 * The two users of a direct room (twice the same for a room with oneself), or undefined for a
 * public room.
 */
export function directUsers(room: string): readonly [string, string] | undefined {
  const [prefix, a, b] = room.split(":");
  return prefix === "dm" && a !== undefined && b !== undefined ? [a, b] : undefined;
}
