/** What one account may make us pay in an hour, before and after its deeds were limited. */
import { requestCosts } from "../../lib/actions/budget.ts";
import { type Deed, limits } from "../../lib/protocol/limits.ts";
import type { Measured } from "../measured.ts";
import { dearestHour } from "./attackPage.ts";
import { grid, prose } from "./markdown.ts";
import { dollars, figure, type Grid } from "./tables.ts";

const msPerHour = 3_600_000;
/** A unit of the budget is about a millionth of a dollar. */
const usdPerUnit = 1e-6;

/** What each deed is called here, and the action that does it. */
const deeds: Record<Deed, { name: string; action: keyof typeof requestCosts }> = {
  rooms: { name: "rooms made", action: "create" },
  joins: { name: "rooms joined", action: "join" },
  strangers: { name: "direct rooms begun with strangers", action: "send" },
  invitations: { name: "users invited", action: "invite" },
  reports: { name: "messages reported", action: "report" },
};

export function priceOfAnHour(measured: Measured): string[] {
  const units = (limits.budgetUnits * msPerHour) / limits.budgetWindowMs;
  const { name, before, now } = dearestHour(measured);
  return [
    "## What one account may spend in an hour",
    prose`The budget lets an account spend ${figure(units)} units in an hour, about
      ${dollars(units * usdPerUnit)}, and what function instances have not counted yet. Of the
      attacks above, the dearest cost ${dollars(before)} an hour before there were budgets; now it
      is ${name}, with ${dollars(now)}.
      A deed that disturbs others, or leaves something behind for good, has a
      limit of its own by the hour. *Before* is with the budget alone, spent on nothing else. Deeds
      are priced as the [budget](protocol.md#what-requests-cost) prices their requests.`,
    grid(deedTable(units)),
    prose`So these limits take little from what an account may cost, which the budget bounds. They
      take from what it may do to others: the number of rooms that stay, and of people who are
      disturbed. Each instance that the account reaches may let through a tenth of a limit, and one
      deed, beyond it ([0048](decisions/0048-limits-for-an-account.md)).`,
  ];
}

function deedTable(units: number): Grid {
  const head = ["in an hour", "before", "$ before", "now", "$ now"];
  const rows = (Object.keys(deeds) as Deed[]).map((deed) => {
    const { name, action } = deeds[deed];
    const price = requestCosts[action];
    const now = limits.perHour[deed];
    const usd = (times: number) => dollars(times * price * usdPerUnit);
    const before = Math.floor(units / price);
    return [name, figure(before), usd(before), figure(now), usd(now)];
  });
  return { head, rows };
}
