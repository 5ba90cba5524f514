/**
 * The rights in a room. The act, the caller's role, the other user's role and the room's settings
 * decide. The table in docs/protocol.md is generated from the one here.
 */
import type { Membership, RoomItem } from "../../model.ts";
import { ChatError } from "../../protocol/chatError.ts";

export type Role = "none" | "member" | "moderator" | "owner";
const rank: Record<Role, number> = { none: 0, member: 1, moderator: 2, owner: 3 };

export interface Right {
  /** The lowest role that may; `invites`: as the room's setting says. */
  least: Exclude<Role, "none"> | "invites";
  /** Only to somebody of a lower role than one's own. */
  outranks?: true;
  /** Adds something, so not to a closed room. */
  adds?: true;
  /** Not for who is muted. */
  speaks?: true;
}

/** For these the room is not read: a membership is all that `requireMember` asks for. */
export const rightsOfMembers = {
  read: { least: "member" },
  type: { least: "member", speaks: true },
  report: { least: "member" },
} as const satisfies Record<string, Right>;

export const rights = {
  send: { least: "member", adds: true, speaks: true },
  edit: { least: "member", adds: true, speaks: true },
  delete: { least: "member" },
  "delete others' messages": { least: "moderator" },
  react: { least: "member", adds: true, speaks: true },
  "mention everyone": { least: "moderator", adds: true, speaks: true },
  "see members": { least: "member" },
  "see settings": { least: "member" },
  pin: { least: "moderator", adds: true, speaks: true },
  invite: { least: "invites", adds: true },
  uninvite: { least: "invites" },
  "see reports": { least: "moderator" },
  "set title and topic": { least: "moderator" },
  kick: { least: "moderator", outranks: true },
  ban: { least: "moderator", outranks: true },
  unban: { least: "moderator" },
  "see bans": { least: "moderator" },
  mute: { least: "moderator", outranks: true },
  "set anything else": { least: "owner" },
  grant: { least: "owner", outranks: true },
  "close and reopen": { least: "owner" },
} as const satisfies Record<string, Right>;

export type Act = keyof typeof rights;

export interface Asked {
  act: Act;
  mine: Role;
  /** Whom it is about, if it is about somebody. */
  theirs?: Role;
  /** Whether somebody steps down, whose role is not below the caller's. */
  isSteppingDown?: boolean;
  room: Pick<RoomItem, "invites" | "closed">;
  mutedUntilMs?: number | undefined;
  nowMs: number;
}

/** @throws ChatError `not_member`, `forbidden`, `closed`, `muted` */
export function assertAllowed(asked: Asked): void {
  const { act, mine, theirs = "none", isSteppingDown = false } = asked;
  const { room, mutedUntilMs, nowMs } = asked;
  const right: Right = rights[act];
  if (mine === "none") throw notMember();
  const least = leastOf(right, room);
  if (rank[mine] < rank[least]) {
    const who = least === "owner" ? "owners" : "moderators and owners";
    throw new ChatError("forbidden", `only ${who} may`);
  }
  if (right.outranks && !isSteppingDown && rank[theirs] >= rank[mine]) {
    throw new ChatError("forbidden", "that user's role is not below your own");
  }
  if (right.adds && room.closed) throw new ChatError("closed", "the room is closed");
  if (right.speaks) assertNotMuted(mutedUntilMs, nowMs);
}

/** The same of a private room as of none. */
export function notMember(): ChatError {
  return new ChatError("not_member", "join the room first");
}

/** Refuse what somebody who is muted may not do. @throws ChatError `muted` */
export function assertNotMuted(mutedUntilMs: number | undefined, nowMs: number): void {
  const retryAfterMs = (mutedUntilMs ?? 0) - nowMs;
  if (retryAfterMs <= 0) return;
  throw new ChatError("muted", "you are muted in the room", { retryAfterMs });
}

function leastOf({ least }: Right, { invites }: Asked["room"]): Exclude<Role, "none"> {
  if (least !== "invites") return least;
  return invites === "members" ? "member" : "moderator";
}

/** The role of a user, who has none unless they are a member. Owners stand on the room. */
export function roleOf(
  user: string,
  membership: Membership | undefined,
  { owners }: Pick<RoomItem, "owners">,
): Role {
  if (membership === undefined || membership.state !== undefined) return "none";
  return owners.includes(user) ? "owner" : (membership.role ?? "member");
}

/** The role that answers show: none for a member like all others. */
export function titleOf(role: Role): { role?: "owner" | "moderator" } {
  return role === "owner" || role === "moderator" ? { role } : {};
}
