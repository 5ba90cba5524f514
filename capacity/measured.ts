/**
 * What docs/capacity.md is computed from, in the files of capacity/measured/. Units are counted and
 * the simulation is seeded, so both are the same on every machine; times are one machine's.
 */
import { readFile } from "node:fs/promises";
import type { Cost } from "../bench/meteredService.ts";
import type { MeasuredScale } from "./simulation/measureScale.ts";

/** What one action takes. */
export interface Units extends Cost {
  /** Answers that are returned: the gateway sends them, and meters them as any other frame. */
  replies: number;
  /** In posts and replies. */
  bytesOut: number;
  /** From its first request to its last answer, with nothing taking any time but requests. */
  waitMs: number;
}

/** In a room, or with a number of something, of this size. */
export interface SizedUnits extends Units {
  size: number;
}

export interface MeasuredUnits {
  /** What one request was said to take. */
  latencies: { tableMs: number; postMs: number };
  /** One message in its log, as the table stores it. */
  eventBytes: number;
  /** By action, smallest size first; measuring/units.ts says what a size is. */
  actions: Record<string, SizedUnits[]>;
  /** Of one room, with nothing but contention in its way. */
  appends: AppendStep[];
}

/** One offered load on one room. */
export interface AppendStep {
  offeredPerSecond: number;
  storedPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Puts, of which all but one met another message. */
  writesPerMessage: number;
  /** Asked to wait, because the room was too busy. */
  refused: number;
}

/** Below this share of what was offered the room has had enough. */
const keptUpShare = 0.9;

export const isKeptUp = ({ storedPerSecond, offeredPerSecond }: AppendStep): boolean =>
  storedPerSecond >= keptUpShare * offeredPerSecond;

export interface MeasuredTimes {
  machine: string;
  /** Of the machine, before it began: others' work, which lengthens every time. */
  load: number;
  cpuMsPerTableRequest: number;
  cpuMsPerPost: number;
  /** By database. */
  appends: Record<string, AppendStep[]>;
}

/** One frame, and what it costs its user. */
export interface MeasuredAttack extends Units {
  cost: number;
}

/** By the name of the attack. */
export type MeasuredAttacks = Record<string, MeasuredAttack>;

export interface Measured {
  units: MeasuredUnits;
  times: MeasuredTimes;
  scale: MeasuredScale;
  attacks: MeasuredAttacks;
  attacksBefore: { commit: string; attacks: Record<string, Units> };
  /** Of one user in a month, by activity, when everybody was posted every hint. */
  billBefore: { commit: string; activities: Record<string, { frames: number; usd: number }> };
}

const parts = ["units", "times", "scale", "attacks", "attacksBefore", "billBefore"] as const;
type Part = (typeof parts)[number];

/** From the root of the project. Nothing writes `attacksBefore` and `billBefore` again. */
export const measuredPath = (part: Part): string => `capacity/measured/${part}.json`;

export async function readMeasured(): Promise<Measured> {
  const read = async (part: Part) => {
    const path = new URL(`measured/${part}.json`, import.meta.url);
    return [part, JSON.parse(await readFile(path, "utf8"))];
  };
  return Object.fromEntries(await Promise.all(parts.map(read)));
}

export const toJson = (measured: Measured[Part]): string =>
  `${JSON.stringify(measured, null, 2)}\n`;

const names = [
  "readUnits",
  "writeUnits",
  "tableRequests",
  "posts",
  "replies",
  "bytesOut",
  "waitMs",
] as const satisfies (keyof Units)[];

/** The units at any size: on straight lines between those measured, and level beyond them. */
export function unitsAt({ actions }: MeasuredUnits, action: string, size = 0): Units {
  const sized = actions[action] ?? [];
  const above = sized.find((candidate) => candidate.size >= size) ?? sized.at(-1);
  const below = sized.findLast((candidate) => candidate.size <= size) ?? sized[0];
  if (above === undefined || below === undefined) throw new RangeError(`no units of ${action}`);
  const share = above === below ? 0 : (size - below.size) / (above.size - below.size);
  return mapUnits((name) => below[name] + share * (above[name] - below[name]));
}

/** `times` so much of each; negative takes away. */
export function addUnits(...parts: readonly [units: Units, times: number][]): Units {
  return mapUnits((name) => parts.reduce((sum, [units, times]) => sum + times * units[name], 0));
}

function mapUnits(of: (name: (typeof names)[number]) => number): Units {
  return Object.fromEntries(names.map((name) => [name, of(name)])) as unknown as Units;
}
