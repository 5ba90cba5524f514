/**
 * Take one step of a membership: read it, look up where the step leads, write that unless somebody
 * else was quicker, and then begin anew. A request whose step changed something goes on with
 * what follows from it; killed in between, a retry finds the step taken.
 */

import type { Membership } from "../../model.ts";
import type { Memberships, Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import { limits } from "../../protocol/limits.ts";
import type { PublishPorts } from "../../pubsub/deliver.ts";
import {
  becoming,
  leadOf,
  type State,
  type Step,
  type StepDetails,
  stateOf,
} from "./membershipSteps.ts";

/** Take a step, and tell the user whom it is about. */
export type TellStepPorts = PublishPorts & StepPorts;

export interface StepPorts {
  memberships: Pick<Memberships, "find" | "change">;
  newMark: Ports["newMark"];
}

interface Stepped {
  from: State;
  isChange: boolean;
  /** What there was before. */
  before: Membership | undefined;
}

const reasons = {
  not_member: "you are not invited, or there is no such room",
  banned: "the user is banned from the room",
  conflict: "the user's membership does not allow it; look at it anew",
} as const;

/**
 * @throws ChatError `not_member`, `banned`, `conflict`, `rate_limited` (too many changes at once)
 */
export async function takeStep(
  ports: StepPorts,
  { user, room, step }: { user: string; room: string; step: Step },
  details: StepDetails,
): Promise<Stepped> {
  for (let attempt = 0; attempt < limits.changeAttempts; attempt += 1) {
    const before = await ports.memberships.find(user, room);
    const from = stateOf(before);
    const lead = leadOf(step, from);
    if (typeof lead === "object") {
      throw new ChatError(lead.refused, reasons[lead.refused]);
    }
    if (lead === "stays") return { from, isChange: false, before };
    const isComing = lead === "member" && from !== "member";
    const isChanged = await ports.memberships.change(user, {
      room,
      ...becoming(lead as Exclude<State, "none">, before, details),
      fromRev: before?.rev ?? 0,
      mark: ports.newMark(),
      ...(isComing && details.head && { read: details.head }),
    });
    if (isChanged) return { from, isChange: true, before };
  }
  throw busy();
}

/** So many others change the same thing that it is not this request's turn. */
export function busy(): ChatError {
  const reason = "others are changing the same thing just now";
  return new ChatError("rate_limited", reason, { retryAfterMs: limits.batchPauseMsMax });
}
