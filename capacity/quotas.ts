/**
 * What AWS lets an account do, as data, and how much of it a service uses at its busiest moment.
 * Some quotas come anew with every gateway that is added, because a gateway may be in an account or
 * a region of its own, where its functions run, too; the tables are one for all.
 */
import { limits } from "../lib/protocol/limits.ts";
import { assumptions, type Habits } from "./habits.ts";
import { type AppendStep, isKeptUp, type Measured, unitsAt } from "./measured.ts";
import { shardsFor } from "./message.ts";
import type { Usage } from "./usage.ts";

export interface Quota {
  name: string;
  most: number;
  unit: string;
  /** Who has it: each gateway's account and region, both tables, or something that never grows. */
  per: "gateway" | "table" | "room";
  remedy: string;
  load(peak: Peak): number;
}

/** The busiest second. */
export interface Peak {
  usage: Usage;
  connections: number;
  /** Messages in the busiest kind of room. */
  roomMessages: number;
  /** Connections in the largest kind of room. */
  roomConnections: number;
  measured: Measured;
}

const everywhere = "raise it, or add gateways in other regions";

/** Of one account in one region, by default. */
export const requestsPerSecond = 10_000;
export const connectsPerSecond = 500;
const partitionWrites = 1_000;

const ofAws: readonly Quota[] = [
  {
    name: "API Gateway: requests",
    most: requestsPerSecond,
    unit: "a second",
    per: "gateway",
    remedy: everywhere,
    // WebSocket, HTTP and `@connections` together.
    load: ({ usage }) => usage.framesIn + usage.connects + usage.posts,
  },
  {
    name: "API Gateway: new connections",
    most: connectsPerSecond,
    unit: "a second",
    per: "gateway",
    remedy: everywhere,
    load: ({ usage }) => usage.connects,
  },
  {
    name: "Lambda: concurrent executions",
    most: 1_000,
    unit: "at once",
    per: "gateway",
    remedy: everywhere,
    load: ({ usage }) => usage.busySeconds,
  },
  {
    name: "Lambda: invocations",
    most: 10_000,
    unit: "a second",
    per: "gateway",
    remedy: "comes with concurrent executions, ten for each",
    load: ({ usage }) => usage.invocations,
  },
  {
    name: "DynamoDB: reads of a table",
    most: 40_000,
    unit: "a second",
    per: "table",
    remedy: "raise it; warm the table before a jump",
    load: ({ usage }) => usage.readUnits,
  },
  {
    name: "DynamoDB: writes of a table",
    most: 40_000,
    unit: "a second",
    per: "table",
    remedy: "raise it; warm the table before a jump",
    load: ({ usage }) => usage.writeUnits,
  },
  {
    name: "DynamoDB: writes of a partition, a room's log",
    most: partitionWrites,
    unit: "a second",
    per: "room",
    remedy: "none: split the room",
    load: ({ roomMessages }) => roomMessages,
  },
  {
    name: "DynamoDB: reads of a partition, a room's subscriptions",
    most: 3_000,
    unit: "a second",
    per: "room",
    remedy: "none needed: more shards",
    load: ({ roomMessages, roomConnections, measured }) =>
      roomMessages * readsOfPartition(roomConnections, measured),
  },
];

/** AWS's, and our own: the race for a room's next position. */
export function quotasOf({ units }: Measured): readonly Quota[] {
  const race: Quota = {
    name: "one room: messages",
    most: roomCeiling(units.appends),
    unit: "a second",
    per: "room",
    remedy: "none: split the room",
    load: ({ roomMessages }) => roomMessages,
  };
  return [...ofAws, race];
}

/** The most that a room kept up with, and one partition can write. */
export function roomCeiling(steps: readonly AppendStep[]): number {
  const kept = steps.filter(
    (step) => isKeptUp(step) && step.storedPerSecond * step.writesPerMessage <= partitionWrites,
  );
  return Math.max(0, ...kept.map(({ storedPerSecond }) => storedPerSecond));
}

/** What is used at the peak by so many users, of whom one uses `day`. */
export function peakOf(habits: Habits, day: Usage, users: number, measured: Measured): Peak {
  const factor = (users * peakFactor(habits)) / secondsPerDay;
  const usage = Object.fromEntries(
    Object.entries(day).map(([name, value]) => [name, value * factor]),
  ) as unknown as Usage;
  const rooms = Object.values(habits.rooms);
  return {
    usage,
    connections: users * habits.onlineAtPeak * habits.devices,
    roomMessages: Math.max(...rooms.map((room) => messagesAtPeak(habits, room))),
    roomConnections: Math.max(...rooms.map(({ connections }) => connections)),
    measured,
  };
}

/** How much busier the busiest moment is than the day: people who are there behave the same. */
export const peakFactor = ({ onlineAtPeak, hoursConnected }: Habits): number =>
  Math.max(1, (onlineAtPeak * 24) / hoursConnected);

const secondsPerDay = 24 * 60 * 60;

/** In one room of a kind: as many users write in it as are in it. */
function messagesAtPeak(habits: Habits, room: Habits["rooms"][string]): number {
  if (room.rooms === 0) return 0;
  const users = room.connections / habits.devices / habits.onlineAtPeak;
  const perUser = (habits.messages * room.share) / room.rooms;
  return (users * perUser * peakFactor(habits)) / secondsPerDay;
}

function readsOfPartition(connections: number, { units }: Measured): number {
  if (connections <= limits.directConnections) return unitsAt(units, "send", connections).readUnits;
  return unitsAt(units, "deliver", connections / shardsFor(connections)).readUnits;
}

interface Headroom {
  quota: Quota;
  load: number;
  /** How many times the load would fit; infinite without any. */
  headroom: number;
}

/** The one that binds first comes first. */
export function headroomsOf(peak: Peak): Headroom[] {
  return quotasOf(peak.measured)
    .map((quota) => {
      const load = quota.load(peak);
      return { quota, load, headroom: quota.most / load };
    })
    .sort((a, b) => a.headroom - b.headroom);
}

/** Gateways that keep every quota of theirs below the share that is to be used. */
export function gatewaysFor(peak: Peak): number {
  const perGateway = ofAws.filter(({ per }) => per === "gateway");
  const needed = perGateway.map(({ most, load }) => load(peak) / (most * assumptions.quotaShare));
  return Math.max(1, Math.ceil(Math.max(...needed)));
}
