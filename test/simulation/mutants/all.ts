/**
 * Services that are wrong in one way each, as somebody could have written them. What the simulation
 * and the checker are worth is that they notice every one.
 *
 * Not among them, because nobody can notice: a direct room whose memberships are stored in the
 * other order, both before its first message (nothing is there yet to be found); a join that
 * reads the head it names after it subscribed (what came in between was pushed).
 */
import { appendMutants } from "./append.ts";
import { changeMutants } from "./changes.ts";
import { fanOutMutants } from "./fanOut.ts";
import { focusMutants } from "./focus.ts";
import { hearingMutants } from "./hearing.ts";
import type { Mutant } from "./mutant.ts";
import { peopleMutants } from "./people.ts";
import { presenceMutants } from "./presence.ts";
import { readingMutants } from "./reading.ts";
import { recipientMutants } from "./recipients.ts";
import { requestMutants } from "./requests.ts";
import { retentionMutants } from "./retention.ts";
import { rightMutants } from "./rights.ts";

export const mutants: readonly Mutant[] = [
  ...appendMutants,
  ...hearingMutants,
  ...focusMutants,
  ...readingMutants,
  ...recipientMutants,
  ...peopleMutants,
  ...fanOutMutants,
  ...presenceMutants,
  ...changeMutants,
  ...rightMutants,
  ...requestMutants,
  ...retentionMutants,
];
