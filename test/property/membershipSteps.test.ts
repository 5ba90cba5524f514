/** Random walks through a membership's steps, beside a model that says the same in other words. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  becoming,
  leadOf,
  type State,
  type Step,
  stateOf,
  steps,
} from "../../lib/actions/rooms/membershipSteps.ts";
import type { Membership } from "../../lib/model.ts";

const anyStep = fc.constantFrom(...(Object.keys(steps) as Step[]));
const walk = fc.array(fc.tuple(anyStep, fc.nat(50)), { maxLength: 40 });
const nowMs = 1_000;

/** What each rule of the protocol says of a user, without a table. */
class Model {
  isIn = false;
  isInvited = false;
  isBanned = false;

  /** Whether the step is granted. */
  take(step: Step): boolean {
    if (step === "join" || step === "accept") {
      if (this.isBanned) return false;
      if (step === "accept" && !this.isIn && !this.isInvited) return false;
      this.#become({ isIn: true });
    } else if (step === "return") this.#become({ isIn: true });
    else if (step === "invite") {
      if (this.isBanned) return false;
      if (!this.isIn) this.isInvited = true;
    } else if (step === "uninvite") {
      if (this.isIn) return false;
      this.isInvited = false;
    } else if (step === "decline") {
      if (!this.isInvited) return false;
      this.isInvited = false;
    } else if (step === "leave" || step === "kick") {
      if (!this.isBanned) this.#become({});
    } else if (step === "ban") this.#become({ isBanned: true });
    else if (step === "unban") this.isBanned = false;
    else return this.isIn;
    return true;
  }

  #become({ isIn = false, isBanned = false }): void {
    Object.assign(this, { isIn, isBanned, isInvited: false });
  }
}

function takeStep(before: Membership | undefined, step: Step, seq: number) {
  const lead = leadOf(step, stateOf(before));
  if (typeof lead === "object") return { isGranted: false, after: before };
  if (lead === "stays") return { isGranted: true, after: before };
  const details = { nowMs, fromSeq: seq, role: "moderator" as const, mutedUntilMs: nowMs + seq };
  const next = becoming(
    lead as Exclude<State, "none">,
    before,
    step === "mark" ? details : { nowMs, fromSeq: seq },
  );
  return { isGranted: true, after: { room: "r", readSeq: 0, readN: 0, ...next } };
}

describe("the steps of a membership", () => {
  it("grant, and lead to, what the rules say, in every order", () => {
    fc.assert(
      fc.property(walk, (taken) => {
        const model = new Model();
        let membership: Membership | undefined;
        for (const [step, seq] of taken) {
          const { isGranted, after } = takeStep(membership, step, seq);
          membership = after;
          expect(isGranted).toBe(model.take(step));
          const { isIn, isInvited, isBanned } = model;
          const state = stateOf(membership);
          expect({ isIn, isInvited, isBanned }).toEqual({
            isIn: state === "member",
            isInvited: state === "invited",
            isBanned: state === "banned",
          });
        }
      }),
      { numRuns: 500 },
    );
  });

  it("leave a role only with a member, and silence with everybody", () => {
    fc.assert(
      fc.property(walk, (taken) => {
        let membership: Membership | undefined;
        let mutedUntilMs = 0;
        for (const [step, seq] of taken) {
          const { after, isGranted } = takeStep(membership, step, seq);
          if (step === "mark" && isGranted) mutedUntilMs = nowMs + seq;
          membership = after;
          if (stateOf(membership) !== "member") expect(membership?.role).toBeUndefined();
          const isMuted = mutedUntilMs > nowMs;
          expect(membership?.mutedUntilMs).toBe(isMuted ? mutedUntilMs : undefined);
        }
      }),
      { numRuns: 500 },
    );
  });
});
