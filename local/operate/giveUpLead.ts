/**
 * Takes an erased user off a room's item: as an owner, and as one who blocks the other user of a
 * direct room. A room that has members keeps somebody who can act (promise 16): where the user was
 * the last owner, the moderator, or else the member, who has been there longest becomes one.
 */
import { putNext } from "../../lib/actions/messages/putNext.ts";
import { changeRoom } from "../../lib/actions/rooms/changeRoom.ts";
import type { Member } from "../../lib/model.ts";
import type { ErasurePorts } from "./erasurePorts.ts";

/** What was done, and to how many. */
export type Count = (what: string, by: number) => void;

const membersPage = 100;

/** Who becomes an owner in the user's place; undefined where nobody has to, or is there. */
export async function findLeader(
  { rooms, memberships }: Pick<ErasurePorts, "rooms" | "memberships">,
  room: string,
  user: string,
): Promise<string | undefined> {
  const { owners } = await rooms.find(room);
  if (owners.length !== 1 || owners[0] !== user) return undefined;
  let best: Member | undefined;
  let after: string | undefined;
  for (let more = true; more; ) {
    const page = await memberships.listPage(room, "members", after, membersPage);
    for (const member of page.members) {
      if (member.user !== user && (best === undefined || isAhead(member, best))) best = member;
    }
    after = page.members.at(-1)?.user;
    more = page.more && after !== undefined;
  }
  return best?.user;
}

export async function giveUpLead(
  ports: ErasurePorts,
  room: string,
  user: string,
  heir: string | undefined,
): Promise<void> {
  const { isChange } = await changeRoom(ports, room, ({ owners, blockedBy = [] }) => {
    if (!owners.includes(user) && !blockedBy.includes(user)) return undefined;
    const others = owners.filter((owner) => owner !== user);
    const isLeft = others.length === 0 && heir !== undefined;
    return {
      ...(owners.includes(user) && { owners: isLeft ? [heir] : others }),
      ...(blockedBy.includes(user) && { blockedBy: blockedBy.filter((one) => one !== user) }),
    };
  });
  if (!isChange || heir === undefined) return;
  const change = { kind: "member", user: heir, change: "role", role: "owner" } as const;
  await putNext(ports, room, { ...change, from: user });
}

function isAhead(a: Member, b: Member): boolean {
  if (a.role !== b.role) return a.role === "moderator";
  return a.joinedAtMs < b.joinedAtMs;
}
