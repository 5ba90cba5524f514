/** What one connection costs us, and its owner, when it asks for dear things all the time. */
import { limits } from "../../lib/protocol/limits.ts";
import { assumptions } from "../habits.ts";
import type { Measured, MeasuredAttack, Units } from "../measured.ts";
import { billOf, totalOf } from "../prices.ts";
import { invocation, nothing, sum } from "../usage.ts";
import { grid, prose } from "./markdown.ts";
import { dollars, figure, type Grid } from "./tables.ts";

const secondsPerHour = 3_600;

export function priceOfAnAttack(measured: Measured): string[] {
  const { framesPerSecond, instances, usdPerHour } = assumptions.attacker;
  return [
    "## The price of an attack",
    prose`What one connection of one account makes us pay when it sends the same frame
      ${figure(framesPerSecond)} times a second, all of them to ${figure(instances)} function
      instances in turn. *Before* is without a budget for each user, with a limit of
      ${figure(framesPerSecond)} frames a second that each instance kept for itself, and with the
      log read before a refusal; it was counted at the commit \`${measured.attacksBefore.commit}\`,
      but for what there was not yet.
      Units are those of one frame, and *answered* are the frames of a second that the
      [budget](protocol.md#what-requests-cost) lets through, ${figure(limits.budgetUnits)} units in
      ${figure(limits.budgetWindowMs / 1_000)} s; the rest is refused.`,
    grid(attackTable(measured)),
    prose`*Ours for theirs*: dollars of ours for each of the attacker's, who pays
      ${dollars(usdPerHour)} an hour for the smallest virtual server. It could hold thousands of
      such connections, but each budget takes an account of its own. What remains is mostly the
      frames themselves: each costs us the frame, the function that looks at it, and the refusal.
      Only the throttle of a gateway is cheaper, and it cannot tell users apart.`,
  ];
}

function attackTable(measured: Measured): Grid {
  const head = [
    "one frame",
    "read units",
    "frames out",
    "$ an hour",
    "ours for theirs",
    "read units now",
    "frames out now",
    "answered",
    "$ an hour now",
    "ours for theirs now",
  ];
  const rows = Object.entries(measured.attacks).map(([name, now]) => {
    const before = measured.attacksBefore.attacks[name];
    const { framesPerSecond } = assumptions.attacker;
    const hourBefore = before && framesPerSecond * usdOf(before, measured) * secondsPerHour;
    const { answered, usd } = limited(now, measured);
    return [
      name,
      ...(before ? unitsOf(before) : ["–", "–"]),
      ...(hourBefore === undefined ? ["–", "–"] : priceOf(hourBefore)),
      ...unitsOf(now),
      figure(answered),
      ...priceOf(usd * secondsPerHour),
    ];
  });
  return { head, rows };
}

const unitsOf = ({ readUnits, posts, replies }: Units) => [
  figure(readUnits),
  figure(posts + replies),
];
const priceOf = (usd: number) => [dollars(usd), figure(usd / assumptions.attacker.usdPerHour)];

/** A second of it: what is answered, and all of it in dollars. */
function limited(attack: MeasuredAttack, measured: Measured): { answered: number; usd: number } {
  const { framesPerSecond, instances } = assumptions.attacker;
  const { cost } = attack;
  const notYetCounted = (instances + 1) * (limits.budgetShareUnits + cost);
  const unitsPerSecond = (limits.budgetUnits + notYetCounted) / (limits.budgetWindowMs / 1_000);
  const answered = Math.min(framesPerSecond, unitsPerSecond / cost);
  const counts = cost / limits.budgetShareUnits;
  const counted = {
    ...attack,
    writeUnits: attack.writeUnits + counts,
    tableRequests: attack.tableRequests + counts,
  };
  const refusals = (framesPerSecond - answered) * usdOf(refusal, measured);
  return { answered, usd: answered * usdOf(counted, measured) + refusals };
}

const refusal: Units = {
  readUnits: 0,
  writeUnits: 0,
  tableRequests: 0,
  posts: 0,
  replies: 1,
  bytesOut: 150,
  waitMs: 0,
};

function usdOf(units: Units, measured: Measured): number {
  const usage = sum([nothing, invocation("default", units, measured), { framesIn: 1 }]);
  return totalOf(billOf(usage, 0));
}

/** Of all attacks: what an hour of the dearest one cost before, and of which one costs most now. */
export function dearestHour(measured: Measured): { before: number; name: string; now: number } {
  const { framesPerSecond } = assumptions.attacker;
  const hourOf = (units: Units) => framesPerSecond * usdOf(units, measured) * secondsPerHour;
  const before = Math.max(...Object.values(measured.attacksBefore.attacks).map(hourOf));
  const [dearest] = Object.entries(measured.attacks)
    .map(([name, attack]) => ({ name, now: limited(attack, measured).usd * secondsPerHour }))
    .sort((a, b) => b.now - a.now);
  if (dearest === undefined) throw new RangeError("no attack was counted");
  return { before, ...dearest };
}
