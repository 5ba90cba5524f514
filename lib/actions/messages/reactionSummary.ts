/**
 * What a message says of the reactions to it, counted from who reacted: each emoji, in the order in
 * which it was first used, with how many used it and the names of the first ones.
 */
import type { Reactor } from "../../model.ts";
import { bytesOf } from "../../protocol/frameSize.ts";
import { limits } from "../../protocol/limits.ts";
import type { MessageEvent, Reaction } from "../../protocol/serverFrames.ts";

interface Use {
  user: string;
  atMs: number;
}

export function reactionsOf(reactors: readonly Reactor[], message: MessageEvent): Reaction[] {
  const uses = new Map<string, Use[]>();
  for (const { user, emoji } of reactors) {
    for (const { emoji: one, atMs } of emoji) {
      const by = uses.get(one) ?? [];
      by.push({ user, atMs });
      uses.set(one, by);
    }
  }
  const byFirst = [...uses]
    .map(([emoji, by]) => ({ emoji, by: by.sort(inOrder) }))
    .sort((a, b) => firstOf(a.by) - firstOf(b.by) || (a.emoji < b.emoji ? -1 : 1));
  const reactions = byFirst.slice(0, limits.reactionEmoji).map(({ emoji, by }) => ({
    emoji,
    count: by.length,
    users: by.slice(0, limits.reactionUsers).map(({ user }) => user),
  }));
  return fittingReactions(reactions, message);
}

const inOrder = (a: Use, b: Use) => a.atMs - b.atMs || (a.user < b.user ? -1 : 1);
const firstOf = ([first]: readonly Use[]) => first?.atMs ?? 0;

/**
 * `reactions` with as many names beside each emoji as leave the message small enough for a frame,
 * and its item small enough for pages. Emoji and counts always fit.
 */
export function fittingReactions(
  reactions: readonly Reaction[],
  { reactions: _, ...message }: MessageEvent,
): Reaction[] {
  const left = limits.eventBytes - bytesOf({ ...message, reactions: [] });
  const bytesMax = Math.min(limits.reactionsBytes, left);
  for (let names = limits.reactionUsers; names > 0; names -= 1) {
    const named = reactions.map((one) => ({ ...one, users: one.users.slice(0, names) }));
    if (bytesOf(named) <= bytesMax) return named;
  }
  return reactions.map((one) => ({ ...one, users: [] }));
}

/** Tables do not keep the order of fields, so it does not count. */
export function isSameCount(a: readonly Reaction[], b: readonly Reaction[] = []): boolean {
  const said = (reactions: readonly Reaction[]) =>
    JSON.stringify(reactions.map(({ emoji, count, users }) => [emoji, count, users]));
  return said(a) === said(b);
}
