/**
 * What each action costs in the tables and in posts, and that it costs the same however large the
 * service is. Counted, not timed: the same numbers come out on every machine.
 */
import { startDatabase } from "../local/emulator/database/database.ts";
import type { Cost } from "./meteredService.ts";
import type { Bar, Outcome, Row } from "./outcome.ts";
import { costsAmong, keepAlive, quietRooms, recipients } from "./unitsScenario.ts";

const few = 10;
const many = 10_000;
const manyQuick = 300;
const hotPath = `send to ${recipients} members`;

export const about = "table units, table requests and posts of every action";

export async function run(isQuick: boolean): Promise<Outcome> {
  // Not stopped: it ends with this process.
  const { endpoint } = await startDatabase({ kind: "dynalite" });
  return measure(endpoint, isQuick);
}

/** The same in any database that reports the capacity it consumed. */
export async function measure(endpoint: string, isQuick: boolean): Promise<Outcome> {
  const large = isQuick ? manyQuick : many;
  const alone = await costsAmong(few, endpoint);
  const crowded = await costsAmong(large, endpoint);
  const rows = Object.entries(alone).map(([action, cost]) => row(action, cost, crowded[action]));
  return {
    tables: [
      {
        title: `Each action among ${few} other connections, and what ${large} others add to it`,
        rows,
      },
    ],
    bars: bars(alone, crowded),
    notes: [
      "One unit reads 4 KB, strongly consistent, or writes 1 KB. `send` posts its ack; the other " +
        "actions answer by returning. `hello` reads one more unit for each room.",
    ],
  };
}

function row(action: string, cost: Cost, crowded = cost): Row {
  return {
    action,
    "read units": cost.readUnits,
    "write units": cost.writeUnits,
    "table requests": cost.tableRequests,
    posts: cost.posts,
    "others add": difference(cost, crowded) || "nothing",
  };
}

function difference(cost: Cost, crowded: Cost): string {
  const names = Object.keys(cost) as (keyof Cost)[];
  const changed = names.filter((name) => crowded[name] !== cost[name]);
  return changed.map((name) => `${name} ${crowded[name] - cost[name]}`).join(", ");
}

function bars(alone: Record<string, Cost>, crowded: Record<string, Cost>): Bar[] {
  const costs = [alone[hotPath], crowded[hotPath]].filter((cost) => cost !== undefined);
  const keepAlives = [alone[keepAlive], crowded[keepAlive]].filter((cost) => cost !== undefined);
  const most = (name: keyof Cost) => Math.max(...costs.map((cost) => cost[name]));
  const changed = Object.entries(alone).filter(([action, cost]) =>
    difference(cost, crowded[action] ?? cost),
  );
  return [
    { promise: `write units of a ${hotPath}`, measured: most("writeUnits"), most: 1 },
    { promise: `read units of a ${hotPath}`, measured: most("readUnits"), most: 4 },
    {
      promise: "read units of each quiet room in a keep-alive",
      measured: Math.max(...keepAlives.map(({ readUnits }) => readUnits / quietRooms)),
      most: 2.5,
    },
    { promise: "actions that cost more in a large service", measured: changed.length, most: 0 },
  ];
}
