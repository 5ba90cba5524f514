/** How people and rooms are called. */
import type { Message, RoomSummary } from "parley-client";
import { piecesOf } from "./markup.ts";

/** The other user of a direct room of mine; undefined for a public room. */
export function peerOf(room: string, me: string | undefined): string | undefined {
  const [prefix, a, b] = room.split(":");
  if (prefix !== "dm" || a === undefined || b === undefined) return undefined;
  const [one, other] = [a, b].map((user) => user.replaceAll("~1", ":").replaceAll("~0", "~"));
  return one === me ? other : one;
}

/** Display names by user, as far as messages told them. */
export function namesIn(messages: readonly Message[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const { from, name } of messages) if (from && name) names.set(from, name);
  return names;
}

type Titled = Pick<RoomSummary, "room" | "last" | "title">;

export function titleOf({ room, last, title }: Titled, me?: string): string {
  const peer = peerOf(room, me);
  if (peer === undefined) return title || (isPrivate(room) ? "Private room" : room);
  if (peer === me) return "Notes to yourself";
  return (last?.from === peer && last.name) || peer;
}

/** Only those who are invited get in. The service names it. */
export const isPrivate = (room: string) => /^p-[a-z2-7]{22}$/.test(room);

/** "Alice", "Alice and Bob", "Alice, Bob and 3 others". */
export function listed(names: readonly string[], max = 3): string {
  const shown = names.slice(0, max);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(", ")} and ${rest} ${rest === 1 ? "other" : "others"}`;
  if (shown.length < 2) return shown.join("");
  return `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}

const colours = 8;

/** The same person has the same colour in every room. */
export function colourOf(user: string): number {
  let hash = 2166136261; // FNV-1a
  for (const character of user) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619);
  return (hash >>> 8) % colours;
}

export function initialOf(name: string): string {
  return (Array.from(name)[0] ?? "?").toUpperCase();
}

/** Whom a text mentions, of those who can be. */
export function mentionsIn(text: string, mentionable: readonly string[]) {
  const named = new Set(
    piecesOf(text, mentionable)
      .filter(({ kind }) => kind === "mention")
      .map((piece) => piece.text.slice(1)),
  );
  const users = mentionable.filter((user) => user !== "everyone" && named.has(user));
  return { users, everyone: named.has("everyone") && mentionable.includes("everyone") };
}
