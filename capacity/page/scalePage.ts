/** The part of docs/capacity.md that was simulated. No figure in it is typed by hand. */
import * as clientLimits from "../../client/limits.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { connectingUsage } from "../activities.ts";
import { requestsOf } from "../comingBack.ts";
import { habits } from "../habits.ts";
import type { Measured } from "../measured.ts";
import { quotasOf, requestsPerSecond } from "../quotas.ts";
import { assumptions, httpThrottle } from "../simulation/assumptions.ts";
import { connectsPerSecond, type ScaleRun } from "../simulation/measureScale.ts";
import { grid, prose } from "./markdown.ts";
import { backTable, movesTable, pressTable } from "./scaleTables.ts";
import { compact, figure } from "./tables.ts";

export function manyGateways(measured: Measured): string[] {
  const { large } = measured.scale;
  return [
    "## A million users on a hundred gateways",
    ...assumed(large),
    grid(backTable(large)),
    prose`Seconds are from losing a connection to having another one, the minute without a network
      included. How full a gateway is, is said as a share of what it should have by its weight, of
      those that are open. *Moved needlessly*: now elsewhere, though their own gateway takes users
      and none was added for them; where gateways are small, because theirs was full when they came.
      They are as well off there, and most are back at the next asking, two hours later.`,
    ...recovered(large),
    grid(pressTable(large)),
    ...besides(measured),
    "What a gateway more or less moves, beside the usual way to do it:",
    grid(movesTable(large)),
  ];
}

function assumed({ scale }: ScaleRun): string[] {
  const { connectsPerSecond: quota, connectsBurst, capacityShare, instances } = assumptions;
  return [
    prose`${compact(scale.users)} users, each connected once, on ${figure(scale.gateways)} gateways:
      simulated by \`npm run capacity -- simulate\`, in virtual time, from the seed
      ${figure(scale.seed)}. What decides is the code itself: the client's rules for coming back
      (\`client/reconnect.ts\`), the action behind \`GET /gateway\` in ${figure(instances)} function
      instances, each with counts as old as they get, and \`drain\` at its own pace. Every gateway
      has a capacity of ${figure(capacityShare)} times its share.`,
    prose`Of AWS it takes over ${figure(quota)} new connections a second for each account and
      region, with a burst that AWS does not name and that is taken to be ${figure(connectsBurst)};
      two hours for a connection; and our own throttle of ${figure(httpThrottle().perSecond)}
      requests a second for the HTTP API of a deployment. **How gateways are spread**: each has a
      quota for itself, of its own account and region or raised for it, except where ten are said to
      share one; and clients know ten HTTP APIs, except where they are said to ask one.`,
  ];
}

function recovered({ reports, scale }: ScaleRun): string[] {
  const quotasSeconds = scale.users / connectsPerSecond(scale);
  const askingMinutes = scale.users / (httpThrottle().perSecond * scale.quotaShare) / 60;
  const reportOf = (title: string) => {
    const found = reports.find((report) => report.title === title);
    if (found === undefined) throw new Error(`nothing is known of "${title}"`);
    return found;
  };
  const last = (title: string) => figure(reportOf(title).seconds.last);
  const every = reportOf("all are lost, and clients try every second");
  return [
    prose`When all connections are lost, the quotas alone take ${figure(quotasSeconds)} s to let
      everybody in again; all are back after ${last("all connections are lost")} s, because waits
      are random and grow up to ${figure(clientLimits.backoffMsMax / 1_000)} s. Where ten gateways
      share a quota the quotas take ${figure(quotasSeconds * 10)} s, and all are back after
      ${last("all are lost, and ten gateways share a quota")} s. Two hours later these connections
      end in the order in which they came, which the quotas then let in as well. Without chance in
      the waits it takes ${last("all are lost, and clients wait without chance")} s. Who tries again
      every second is back after ${figure(every.seconds.last)} s, at
      ${figure(every.connects.refused / every.back)} refusals for each, and never when the gateway
      is dead.`,
    prose`When gateways die, their users have to ask. So what answers them decides: all are back
      after ${last("a tenth of them die")} s by ten HTTP APIs, one in each region, and after
      ${last("a tenth die, and one HTTP API is asked")} s by a single one. Clients that ask before
      every connect take ${last("a tenth die, one HTTP API, and clients that always ask")} s for it,
      and when all connections are lost, ${figure(askingMinutes)} minutes at the least: hence they
      go back to where they were first.`,
  ];
}

/** What the simulation knows nothing of: each connection is work for the rest of the service. */
function besides(measured: Measured): string[] {
  const { large } = measured.scale;
  const { users } = large.scale;
  const one = connectingUsage(habits, measured);
  const { readUnits, writeUnits } = one;
  const requests = requestsOf(one);
  const reads = quotasOf(measured).find(({ name }) => name === "DynamoDB: reads of a table");
  const perSecond = (reads?.most ?? 0) / readUnits;
  return [
    prose`**What else it takes.** A connection is ${figure(requests)} requests to its gateway's
      account, ${figure(readUnits)} read and ${figure(writeUnits)} write units: handshake,
      \`hello\`, the sync of every room, and presence in those that few look at, for the people
      above. The ${figure(requestsPerSecond)} requests a second of an account are used up by
      ${figure(requestsPerSecond / requests)} new connections a second, and it lets in
      ${figure(limits.connectsPerSecond)}. The ${compact(reads?.most ?? 0)} read units a second of a
      table, by default, are used up by ${figure(perSecond)} connections a second everywhere, at
      which all ${compact(users)} take ${figure(users / perSecond / 60)} minutes. Before a service
      grows to this size, raise both, the table's first.`,
  ];
}
