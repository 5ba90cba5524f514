/**
 * Thousands of reactions within seconds: to one message, with everybody in a large room; and all
 * over a hundred small rooms. Counted in virtual time, not timed: what a storm costs is the same on
 * every machine.
 */
import { startDatabase } from "../local/emulator/database/database.ts";
import type { Bar, Outcome, Row } from "./outcome.ts";
import { type Storm, type Weathered, weather } from "./stormScenario.ts";
import { streamShards } from "./virtualStream.ts";

const storms = {
  whole: {
    one: { rooms: 1, members: 10_000, reactions: 10_000, reactionsPerSecond: 1_000 },
    many: { rooms: 100, members: 10, reactions: 2_000, reactionsPerSecond: 1_000 },
  },
  quick: {
    one: { rooms: 1, members: 260, reactions: 200, reactionsPerSecond: 1_000 },
    many: { rooms: 10, members: 4, reactions: 50, reactionsPerSecond: 100 },
  },
} as const;

/** Of one partition in a second (AWS); a table does not split one that is a single message's. */
const partitionReads = 3_000;
const partitionWrites = 1_000;

export const about =
  "thousands of reactions at once: units, changes, frames, until counts are right";

export async function run(isQuick: boolean): Promise<Outcome> {
  // Not stopped: it ends with this process.
  const { endpoint } = await startDatabase({ kind: "dynalite" });
  return measure(endpoint, storms[isQuick ? "quick" : "whole"]);
}

export async function measureQuick(endpoint: string): Promise<Outcome> {
  return measure(endpoint, storms.quick);
}

async function measure(
  endpoint: string,
  { one, many }: { one: Storm; many: Storm },
): Promise<Outcome> {
  const large = await weather(one, endpoint, "large-");
  const small = await weather(many, endpoint, "small-");
  return {
    tables: [
      {
        title: "A storm of reactions, with the latencies of AWS",
        rows: [row(one, large), row(many, small)],
      },
    ],
    bars: [
      ...barsOf(one, large),
      ...commonBars("in the large room", large),
      ...commonBars("in small rooms", small),
    ],
    notes: [
      "Virtual time. Units, requests and posts are of the reactions and of all that they " +
        "set off. `changed` counts the entries in the logs. The hottest partition is the one " +
        `that took most within a second. The stream has ${streamShards} shards. Each reaction ` +
        "is another user's, with one of ten emoji. Counts are of the first 1,000 users by name, " +
        "so they change until the last of these has reacted. In small rooms every reaction " +
        "below the fiftieth is counted and shown by itself, as promised.",
    ],
  };
}

function row({ rooms, members, reactions, reactionsPerSecond }: Storm, all: Weathered): Row {
  return {
    rooms,
    "members of each": members,
    reactions,
    "reactions/s": reactionsPerSecond,
    "read units, each": all.readUnits / reactions,
    "write units, each": all.writeUnits / reactions,
    "`changed`": all.changed,
    "frames of a member": all.posts / (rooms * members),
    "hottest partition, read units/s": all.hottestReadUnits,
    "write units/s": all.hottestWriteUnits,
    "right after, ms": all.rightAfterMs,
  };
}

/** Where everybody reacts to one message, they are told of many reactions at once. */
function barsOf({ members, reactions, reactionsPerSecond }: Storm, all: Weathered): Bar[] {
  const seconds = reactions / reactionsPerSecond;
  return [
    {
      promise: "`changed` in a second, where everybody reacts to one message",
      measured: all.changed / (seconds + all.rightAfterMs / 1_000),
      most: 40,
    },
    {
      promise: "frames of a member for each reaction there",
      measured: all.posts / members / reactions,
      most: 0.05,
    },
    {
      promise: "read units/s of a partition there",
      measured: all.hottestReadUnits,
      most: partitionReads,
    },
    {
      promise: "write units/s of a partition there",
      measured: all.hottestWriteUnits,
      most: partitionWrites,
    },
  ];
}

function commonBars(where: string, all: Weathered): Bar[] {
  return [
    { promise: `wrong counts ${where}`, measured: all.wrongCounts, most: 0 },
    { promise: `refused reactions ${where}`, measured: all.refused, most: 0 },
    { promise: `ms until every count is right ${where}`, measured: all.rightAfterMs, most: 2_000 },
  ];
}
