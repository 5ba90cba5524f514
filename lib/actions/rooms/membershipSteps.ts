/**
 * What a user is to a room, and what may become of it. Users who invite, accept, take back, kick
 * and ban at once change one item, each by a conditional write. So every order of them is a walk
 * through this table, and one that comes too late is decided again from where the other led.
 */
import type { Membership, MembershipChange } from "../../model.ts";
import type { ErrorCode } from "../../protocol/codes.ts";

export type State = "none" | "invited" | "member" | "left" | "banned";

/** Where a step leads: to a state, nowhere because all is as it should be, or to a refusal. */
type Lead = State | "stays" | { refused: Extract<ErrorCode, "not_member" | "banned" | "conflict"> };

const stays = "stays";
const stranger = { refused: "not_member" } as const;
const isBanned = { refused: "banned" } as const;
const conflict = { refused: "conflict" } as const;

/** A tombstone, `left`, is what leaving makes of anything: no step leads back to `none`. */
export const steps = {
  /** Into a room that is open to everybody. */
  join: { none: "member", invited: "member", member: stays, left: "member", banned: isBanned },
  /** Into a private room. */
  accept: { none: stranger, invited: "member", member: stays, left: stranger, banned: isBanned },
  /** An owner's way back: a room that has an owner has one who can act. */
  return: { none: "member", invited: "member", member: stays, left: "member", banned: "member" },
  invite: { none: "invited", invited: stays, member: stays, left: "invited", banned: isBanned },
  uninvite: { none: stays, invited: "left", member: conflict, left: stays, banned: stays },
  decline: {
    none: stranger,
    invited: "left",
    member: conflict,
    left: stranger,
    banned: stranger,
  },
  leave: { none: stays, invited: "left", member: "left", left: stays, banned: stays },
  kick: { none: stays, invited: "left", member: "left", left: stays, banned: stays },
  ban: { none: "banned", invited: "banned", member: "banned", left: "banned", banned: stays },
  unban: { none: stays, invited: stays, member: stays, left: stays, banned: "left" },
  /** A role, or silence: of members only. */
  mark: {
    none: conflict,
    invited: conflict,
    member: "member",
    left: conflict,
    banned: conflict,
  },
} as const satisfies Record<string, Record<State, Lead>>;

export type Step = keyof typeof steps;

export function stateOf(membership: Membership | undefined): State {
  return membership === undefined ? "none" : (membership.state ?? "member");
}

export function leadOf(step: Step, from: State): Lead {
  return steps[step][from];
}

/** What a step says beside the state that it leads to. */
export interface StepDetails {
  nowMs: number;
  role?: "moderator" | "member";
  /** 0 ends it. */
  mutedUntilMs?: number;
  invitedBy?: string;
  /** Who kicks or bans. */
  kickedBy?: string;
  /** Where somebody who joins begins. */
  head?: { seq: number; n: number };
  /** The first position that somebody who joins may read, if not all. */
  fromSeq?: number;
}

type Becomes = Omit<MembershipChange, "fromRev" | "mark" | "read" | "room">;

/**
 * What a membership becomes in a state. Silence outlives leaving, or it could be ended by coming
 * back; a role does not.
 */
export function becoming(
  state: Exclude<State, "none">,
  before: Membership | undefined,
  details: StepDetails,
): Becomes {
  const wasMember = before !== undefined && before.state === undefined;
  const stayed = wasMember && state === "member" ? before : undefined;
  const role = details.role ?? stayed?.role;
  const mutedUntilMs = details.mutedUntilMs ?? before?.mutedUntilMs ?? 0;
  const isOut = state === "left" || state === "banned";
  const fromSeq = stayed ? stayed.fromSeq : details.fromSeq;
  return {
    ...(state !== "member" && { state }),
    ...(state === "member" && role === "moderator" && { role }),
    ...(mutedUntilMs > details.nowMs && { mutedUntilMs }),
    ...(state === "member" && fromSeq !== undefined && { fromSeq }),
    ...(state === "invited" && details.invitedBy && { invitedBy: details.invitedBy }),
    ...(isOut && details.kickedBy && { kickedBy: details.kickedBy }),
    joinedAtMs: stayed?.joinedAtMs ?? details.nowMs,
  };
}
