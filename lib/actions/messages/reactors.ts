/**
 * A page of who reacted to a message, and with what, by user; and what I reacted with, also where
 * the page does not show it. A message names the first ones alone.
 */
import type { Caller } from "../../model.ts";
import type { Memberships, Ports } from "../../ports.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { bytesOf, contentBytes, countThatFit } from "../../protocol/frameSize.ts";
import { limits } from "../../protocol/limits.ts";
import { parseRoom } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { requireMember } from "../rooms/membership.ts";
import { assertNotDeleted, findMessage, noMessage } from "./findMessage.ts";

type ReactorsPorts = Pick<Ports, "log" | "reactions"> & {
  memberships: Pick<Memberships, "find">;
};

/** @throws ChatError `not_member`, `forbidden`, `bad_request` (no such message), `deleted` */
export async function reactors(
  { room, seq, emoji, after }: ClientFrame<"reactors">,
  { user }: Caller,
  ports: ReactorsPorts,
): Promise<ServerFrame<"reactors">> {
  const membership = await requireMember(ports, parseRoom(room), user);
  const message = await findMessage(ports, room, seq, membership);
  if (message === undefined) throw noMessage(seq);
  assertNotDeleted(message);
  const range = { emoji, after, limit: limits.reactorsPage + 1 };
  const [found, own] = await Promise.all([
    ports.reactions.list(room, seq, range),
    ports.reactions.find(room, seq, user),
  ]);
  const mine = (own?.emoji ?? []).map((one) => one.emoji);
  // By user, whole: the next page begins behind one.
  const users = found
    .slice(0, limits.reactorsPage)
    .map((reactor) =>
      reactor.emoji
        .filter((one) => emoji === undefined || one.emoji === emoji)
        .map((one) => ({ user: reactor.user, emoji: one.emoji })),
    );
  const fitting = users.slice(0, countThatFit(users, contentBytes - bytesOf(mine)));
  const more = found.length > fitting.length;
  return { type: "reactors", room, seq, reactors: fitting.flat(), mine, more };
}
