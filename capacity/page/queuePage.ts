/** What it would bring to wait some seconds before somebody is shown offline. */
import { disconnectsOf, newsUsage } from "../activities.ts";
import { assumptions, habits } from "../habits.ts";
import type { Measured } from "../measured.ts";
import { billOf, queue, totalOf, usdOfQueue } from "../prices.ts";
import { times } from "../usage.ts";
import { prose } from "./markdown.ts";
import { dollars, figure, percent, scaleOf } from "./tables.ts";

const users = 1_000;

export function delayedQueue(measured: Measured): string[] {
  const { drops, frames, shown, queued, saved, share } = savings(measured);
  return [
    "### What a delayed queue would save",
    prose`A connection that drops for seconds is told twice to those who look at its user's rooms:
      offline, and online. Of ${figure(users)} users ${figure(drops)} connections drop in a month,
      and are told with ${figure(frames)} frames, which cost ${dollars(shown)}. Told some seconds
      later, and only if it is still so, nearly all of that would be saved. Nothing waits in a
      function, so each connection that goes would take a message to a delayed queue:
      ${figure(queue.requestsPerMessage)} requests at ${dollars(queue.usdPerMillionRequests)} a
      million and an invocation, ${dollars(queued)} in all. That leaves ${dollars(saved)} a month,
      ${percent(share)} of the bill. It would take a queue, a function and a role, and they are not
      built for that.`,
  ];
}

/** In a month. */
function savings(measured: Measured) {
  const days = users * assumptions.daysPerMonth;
  const drops = days * habits.devices * habits.hoursConnected * habits.drops;
  const told = times(newsUsage(habits, measured), drops);
  const shown = totalOf(billOf(told, habits.keptMonths));
  const queued = usdOfQueue(days * disconnectsOf(habits));
  const saved = shown - queued;
  const share = saved / scaleOf(habits, measured, users).usd;
  return { drops, frames: told.framesOut, shown, queued, saved, share };
}
