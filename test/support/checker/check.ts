/**
 * Decides each promise separately over one history. A check only ever blames what is certain: where
 * requests overlap so that either order is right, it says nothing.
 */
import { headsAreTrue, membersAreLetIn, readPositionsStay } from "./answers.ts";
import {
  changesAreRead,
  countsAreRight,
  deletedIsGone,
  reactionsAreRead,
  repliesAreRight,
} from "./changes.ts";
import { directRoomsAreListed, nobodyIsSkipped, whoJoinedIsPushed } from "./delivery.ts";
import { hintsAreForLookers } from "./hints.ts";
import type { Conditions, History, Violation } from "./history.ts";
import { exactlyOnce, identityIsTheTokens, noHoles, retryIsHarmless } from "./log.ts";
import { membershipIsEnforced } from "./membership.ts";
import { requestsWait } from "./requests.ts";
import { pastIsCut, pastIsHidden, putOutIsOut, rightsEnd } from "./rights.ts";
import { nothingIsSilent } from "./silence.ts";

/** By what they hold, in the words of docs/protocol.md. */
export const checks: Readonly<
  Record<string, (history: History, conditions: Conditions) => Violation[]>
> = {
  "exactly once in the log": exactlyOnce,
  "no holes": noHoles,
  "retry is harmless": retryIsHarmless,
  "nobody is skipped by sync": nobodyIsSkipped,
  "nobody is skipped by pushes": whoJoinedIsPushed,
  "nobody is skipped by a wrong head": headsAreTrue,
  "offline is no loss": directRoomsAreListed,
  "identity is the token's": identityIsTheTokens,
  "membership is enforced": membershipIsEnforced,
  "membership lets members in": membersAreLetIn,
  "requests wait for an answer": requestsWait,
  "hints are for those who look": hintsAreForLookers,
  "no silence": nothingIsSilent,
  "what was read stays read": readPositionsStay,
  "a change is what everybody reads": changesAreRead,
  "a reaction is what everybody reads": reactionsAreRead,
  "deleted is gone": deletedIsGone,
  "counts are right": countsAreRight,
  "replies are counted": repliesAreRight,
  "who is put out is out": putOutIsOut,
  "no right outlives its loss": rightsEnd,
  "what is hidden stays hidden": pastIsHidden,
  "what was before is hidden": pastIsCut,
};

export function check(history: History, conditions: Conditions): Violation[] {
  return Object.values(checks).flatMap((decide) => decide(history, conditions));
}
