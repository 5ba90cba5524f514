/**
 * The rights in a room. The act, the caller's role, the other user's role and the room's settings
 * decide. The table in docs/protocol.md is generated from the one here.
 */
import type { Membership, RoomItem } from "../../model.ts";
import { ChatError, type RefusalDetails } from "../../protocol/chatError.ts";
import type { ErrorCode } from "../../protocol/codes.ts";

export type Role = "none" | "member" | "moderator" | "owner";
const rank: Record<Role, number> = { none: 0, member: 1, moderator: 2, owner: 3 };

interface Right {
  /** The lowest role that may; `invites`: as the room's setting says. */
  least: Exclude<Role, "none"> | "invites";
  /** Only to somebody of a lower role than one's own. */
  outranks?: true;
  /** Adds something, so not to a closed room. */
  adds?: true;
  /** Not for who is muted. */
  speaks?: true;
}

export const rights = {
  read: { least: "member" },
  send: { least: "member", adds: true, speaks: true },
  edit: { least: "member", adds: true, speaks: true },
  delete: { least: "member" },
  "delete others' messages": { least: "moderator" },
  react: { least: "member", adds: true, speaks: true },
  "mention everyone": { least: "moderator", adds: true, speaks: true },
  type: { least: "member", speaks: true },
  "see members": { least: "member" },
  pin: { least: "moderator", adds: true, speaks: true },
  invite: { least: "invites", adds: true },
  uninvite: { least: "invites" },
  report: { least: "member" },
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

export interface Denied extends Pick<RefusalDetails, "retryAfterMs"> {
  code: Extract<ErrorCode, "not_member" | "forbidden" | "closed" | "muted">;
  reason: string;
}

/** Undefined when it is allowed. */
export function denialOf(asked: Asked): Denied | undefined {
  const { act, mine, theirs = "none", isSteppingDown = false } = asked;
  const { room, mutedUntilMs = 0, nowMs } = asked;
  const right: Right = rights[act];
  if (mine === "none") return { code: "not_member", reason: "join the room first" };
  const least = leastOf(right, room);
  if (rank[mine] < rank[least]) {
    const who = least === "owner" ? "owners" : "moderators and owners";
    return { code: "forbidden", reason: `only ${who} may` };
  }
  if (right.outranks && !isSteppingDown && rank[theirs] >= rank[mine]) {
    return { code: "forbidden", reason: "that user's role is not below your own" };
  }
  if (right.adds && room.closed) {
    return { code: "closed", reason: "the room is closed" };
  }
  if (right.speaks && mutedUntilMs > nowMs) {
    const retryAfterMs = mutedUntilMs - nowMs;
    return { code: "muted", reason: "you are muted in the room", retryAfterMs };
  }
  return undefined;
}

/** @throws ChatError `not_member`, `forbidden`, `closed`, `muted` */
export function assertAllowed(asked: Asked): void {
  const denied = denialOf(asked);
  if (denied === undefined) return;
  const { code, reason, ...details } = denied;
  throw new ChatError(code, reason, details);
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
