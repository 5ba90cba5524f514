/** A page of the places where I was mentioned and have not read yet, newest first. */
import type { Caller, Membership, Mention } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { countThatFit } from "../../protocol/frameSize.ts";
import { limits } from "../../protocol/limits.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { type UnreadMentionsPorts, unreadMentions } from "./unreadMentions.ts";

export async function mentions(
  { after: beforeMs }: ClientFrame<"mentions">,
  { user }: Caller,
  ports: UnreadMentionsPorts & Pick<Ports, "memberships">,
): Promise<ServerFrame<"mentions">> {
  const known = new Map<string, Promise<Membership | undefined>>();
  const membershipOf = (room: string) => {
    const found = known.get(room) ?? ports.memberships.find(user, room);
    known.set(room, found);
    return found;
  };
  const limit = limits.mentionsPage + 1;
  const { unread, more } = await unreadMentions(ports, user, { beforeMs, limit, membershipOf });
  const listed = wholeMoments(unread, limits.mentionsPage).map(({ room, seq, from, atMs }) => ({
    ...{ room, seq, from, atMs },
  }));
  const fitting = wholeMoments(listed, countThatFit(listed));
  return { type: "mentions", mentions: fitting, more: more || fitting.length < unread.length };
}

/** At most so many, and none of the moment that the next page begins with. */
function wholeMoments<M extends Pick<Mention, "atMs">>(all: readonly M[], max: number): M[] {
  const next = all[max];
  const page = all.slice(0, max);
  const whole = page.filter(({ atMs }) => atMs !== next?.atMs);
  return whole.length > 0 ? whole : page;
}
