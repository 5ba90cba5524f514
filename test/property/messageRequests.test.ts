/** Random walks of two users in a direct room, beside a model that says the rules in few lines. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Action } from "../../lib/protocol/clientFrames.ts";
import { ask, codeOf, type Fields } from "../support/ledRoom.ts";
import { world } from "../support/world.ts";

const room = "dm:alice:bob";
const deeds = ["says", "accepts", "declines", "blocks", "unblocks"] as const;
type Deed = (typeof deeds)[number];
type User = "alice" | "bob";
const walks = fc.array(fc.tuple(fc.constantFrom<User>("alice", "bob"), fc.constantFrom(...deeds)), {
  maxLength: 12,
});

const requests: Record<Deed, (other: User, cid: string) => [Action, Fields]> = {
  says: (other, cid) => ["send", { to: other, text: cid, cid }],
  accepts: () => ["join", { room }],
  declines: () => ["decline", { room }],
  blocks: (other) => ["block", { user: other, on: true }],
  unblocks: (other) => ["block", { user: other, on: false }],
};

/** What the rules say, of one direct room. */
class Model {
  messages = 0;
  readonly states = new Map<User, "invited" | "member" | "left">();
  readonly blocking = new Set<User>();

  /** The code that answers. */
  take(me: User, deed: Deed): string {
    const other = otherOf(me);
    const mine = this.states.get(me);
    if (deed === "accepts") {
      if (mine === "invited") this.states.set(me, "member");
      if (mine === "left") return "not_member";
      return mine === undefined ? "forbidden" : "joined";
    }
    if (deed === "declines") {
      if (mine === "member") return "conflict";
      if (mine !== "invited") return "not_member";
      this.states.set(me, "left");
      return "declined";
    }
    if (deed === "says") return this.#say(me, other);
    if (deed === "blocks") this.blocking.add(me);
    else this.blocking.delete(me);
    return "blocked";
  }

  #say(me: User, other: User): string {
    const theirs = this.states.get(other);
    if (this.blocking.has(other) || theirs === "left") return "forbidden";
    if (theirs === "invited" && this.messages > 0) return "forbidden";
    if (theirs === undefined) this.states.set(other, "invited");
    this.states.set(me, "member");
    this.messages += 1;
    return "ack";
  }
}

const otherOf = (user: User): User => (user === "alice" ? "bob" : "alice");

describe("message requests", () => {
  it("answer, list and push as the rules say, in every order of what two users do", async () => {
    await fc.assert(
      fc.asyncProperty(walks, async (taken) => {
        const here = world();
        here.ports.holdsRequests = true;
        const callers = { alice: await here.as("alice"), bob: await here.as("bob") };
        const model = new Model();
        for (const [n, [me, deed]] of taken.entries()) {
          here.pass(60_000);
          for (const one of Object.values(callers)) here.received(one);
          const [action, fields] = requests[deed](otherOf(me), `c-${n}`);
          const code = codeOf(await ask(here, callers[me], action, fields));
          expect(code).toBe(model.take(me, deed));
          const other = otherOf(me);
          const pushed = here.received(callers[other]).map(({ type }) => type);
          const isIn = model.states.get(other) === "member";
          expect(pushed).toEqual(code === "ack" ? [isIn ? "events" : "invited"] : []);
        }
        for (const user of ["alice", "bob"] as const) {
          const { rooms, invitations } = await ask(here, callers[user], "hello");
          const state = model.states.get(user);
          expect(rooms).toHaveLength(state === "member" ? 1 : 0);
          expect(invitations).toHaveLength(state === "invited" ? 1 : 0);
        }
      }),
      { numRuns: 300 },
    );
  });
});
