/** What one account may do in an hour, counted on several function instances over one table. */
import { describe, expect, it } from "vitest";
import { hourlyAllowance } from "../../lib/actions/allowance.ts";
import type { Spending } from "../../lib/ports.ts";
import { type Deed, limits } from "../../lib/protocol/limits.ts";
import { ask, codeOf, type Fields } from "../support/ledRoom.ts";
import { memorySpending } from "../support/memory/spending.ts";
import { type World, world } from "../support/world.ts";

const deeds = Object.keys(limits.perHour) as Deed[];

/** A world with the limits in force; what was written to the table. */
function limited(spending: Spending = memorySpending()) {
  const here = world();
  const written: unknown[] = [];
  const counting: Spending = {
    add(...asked) {
      written.push(asked);
      return spending.add(...asked);
    },
  };
  const { clock, report } = here.ports;
  const instance = () => hourlyAllowance({ spending: counting, clock, report });
  here.ports.allowance = instance();
  return { here, written, instance };
}

/** Asks for the same again and again, until it is refused; how often it was granted. */
async function grantedTo(work: (n: number) => Promise<Fields>, most: number): Promise<number> {
  for (let n = 0; n < most; n += 1) {
    if (codeOf(await work(n)) === "rate_limited") return n;
  }
  return most;
}

const begin: Record<Deed, (here: World) => Promise<(n: number) => Promise<Fields>>> = {
  async rooms(here) {
    const alice = await here.as("alice");
    return () => ask(here, alice, "create", { visibility: "private" });
  },
  async joins(here) {
    const alice = await here.as("alice");
    return (n) => ask(here, alice, "join", { room: `room-${n}` });
  },
  async strangers(here) {
    const alice = await here.as("alice");
    return (n) => ask(here, alice, "send", { to: `u${n}`, text: "buy this" });
  },
  async invitations(here) {
    const alice = await here.as("alice");
    const { room } = await ask(here, alice, "create", { visibility: "private" });
    return (n) => ask(here, alice, "invite", { room, user: `u${n}` });
  },
  async reports(here) {
    const [alice, bob] = [await here.as("alice"), await here.as("bob")];
    for (const one of [alice, bob]) await ask(here, one, "join", { room: "general" });
    return async () => {
      here.pass(1_000);
      const { seq } = await ask(here, bob, "send", { room: "general", text: "hi" });
      return ask(here, alice, "report", { room: "general", seq });
    };
  },
};

describe("the limits of an account", () => {
  it.each(deeds)("hold for %s in an hour, and end with it", async (deed) => {
    const { here } = limited();
    const work = await begin[deed](here);
    const limit = limits.perHour[deed];
    expect(await grantedTo(work, limit + 10)).toBe(limit);
    const refused = await work(limit + 11);
    expect(refused).toMatchObject({ code: "rate_limited", retryable: true });
    here.pass(Number(refused["retryAfterMs"]));
    expect(codeOf(await work(limit + 12))).not.toBe("rate_limited");
  });

  it.each(deeds)("hold for %s across twelve function instances, nearly", async (deed) => {
    const { here, instance } = limited();
    const work = await begin[deed](here);
    const limit = limits.perHour[deed];
    const instances = Array.from({ length: 12 }, instance);
    const granted = await grantedTo((n) => {
      here.ports.allowance = instances[n % 12] ?? here.ports.allowance;
      return work(n);
    }, limit * 4);
    const share = Math.max(1, Math.floor(limit / 10));
    expect(granted).toBeLessThanOrEqual(limit + 12 * (share + 1));
  });

  it.each(deeds)("write nothing for a user who does %s a little", async (deed) => {
    const { here, written } = limited();
    const work = await begin[deed](here);
    await grantedTo(work, Math.floor(limits.perHour[deed] / 10) - 1);
    expect(written).toEqual([]);
  });

  it("let pass what a lively person does in an hour", async () => {
    const { here } = limited();
    expect(await grantedTo(await begin.joins(here), 60)).toBe(60);
    expect(await grantedTo(await begin.strangers(here), 20)).toBe(20);
  });

  it("count a direct room once, and not one in which the other user wrote first", async () => {
    const { here } = limited();
    const alice = await here.as("alice");
    const say = (to: string) => {
      here.pass(1_000);
      return ask(here, alice, "send", { to, text: "hi" });
    };
    expect(await grantedTo(() => say("bob"), limits.perHour.strangers + 5)).toBe(
      limits.perHour.strangers + 5,
    );
    for (let n = 0; n < limits.perHour.strangers; n += 1) {
      const other = await here.as(`u${n}`);
      await ask(here, other, "send", { to: "alice", text: "hello?" });
      expect(codeOf(await say(`u${n}`))).toBe("ack");
    }
  });

  it("count no join of a room that the user is in", async () => {
    const { here } = limited();
    const alice = await here.as("alice");
    const join = () => ask(here, alice, "join", { room: "general" });
    const often = limits.perHour.joins + 1;
    expect(await grantedTo(join, often)).toBe(often);
  });

  it("count all users whom a new room invites, before it is made", async () => {
    const { here } = limited();
    const alice = await here.as("alice");
    const invite = Array.from({ length: limits.createInvites }, (_, n) => `u${n}`);
    const make = () => ask(here, alice, "create", { visibility: "private", invite });
    const groups = limits.perHour.invitations / limits.createInvites;
    expect(await grantedTo(make, groups + 1)).toBe(groups);
    expect((await ask(here, alice, "hello"))["rooms"]).toHaveLength(groups);
  });

  it("hold nobody up when the table is down, and tell the operator", async () => {
    const broken: Spending = { add: async () => Promise.reject(new Error("table on fire")) };
    const { here } = limited(broken);
    const work = await begin.rooms(here);
    expect(await grantedTo(work, 2 * limits.perHour.rooms)).toBe(limits.perHour.rooms);
    expect(new Set(here.reports.map(({ what }) => what))).toEqual(
      new Set(["spending not counted"]),
    );
  });

  it("are not for the operator's servers", async () => {
    const { here, written } = limited();
    const alice = await here.as("alice");
    const write = (n: number) => ask(here, alice, "send", { to: `u${n}`, text: "hi" }, true);
    const often = 2 * limits.perHour.strangers;
    expect(await grantedTo(write, often)).toBe(often);
    expect(written).toEqual([]);
  });

  it("are each user's own", async () => {
    const { here } = limited();
    const work = await begin.rooms(here);
    await grantedTo(work, limits.perHour.rooms + 1);
    const bob = await here.as("bob");
    expect(codeOf(await ask(here, bob, "create", { visibility: "private" }))).toBe("created");
  });
});
