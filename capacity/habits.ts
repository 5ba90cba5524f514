/**
 * What is not measured, all in one place: how people are taken to behave, and what is taken to hold
 * of AWS. Change a number here, run `npm run docs`, and read docs/capacity.md again.
 */
import * as limits from "../client/limits.ts";

/** One kind of room, as a user has them. */
export interface RoomHabit {
  /** How many each user follows. */
  rooms: number;
  /** Of a user's messages, and of all else that is done in rooms. */
  share: number;
  /** Connections that hear such a room when something is said in it, the sender's own included. */
  connections: number;
  /** Both users hear it on every connection; nobody subscribes. */
  isDirect: boolean;
}

/** Of one user who is there that day, on an average day. */
export interface Habits {
  devices: number;
  hoursConnected: number;
  onlineAtPeak: number;
  opens: number;
  drops: number;
  messages: number;
  resent: number;
  typing: number;
  reads: number;
  history: number;
  looks: number;
  looking: number;
  joins: number;
  keptMonths: number;
  rooms: Readonly<Record<string, RoomHabit>>;
}

export const habits: Habits = {
  devices: 1.2,
  hoursConnected: 2,
  onlineAtPeak: 0.25,
  opens: 5,
  drops: 0.5,
  messages: 20,
  resent: 0.01,
  typing: 2,
  reads: 20,
  history: 3,
  looks: 0.5,
  looking: 0.25,
  joins: 0.05,
  keptMonths: 12,
  rooms: {
    direct: { rooms: 6, share: 0.6, connections: 2.2, isDirect: true },
    team: { rooms: 3, share: 0.3, connections: 8, isDirect: false },
    department: { rooms: 1, share: 0.08, connections: 60, isDirect: false },
    hall: { rooms: 1, share: 0.02, connections: 400, isDirect: false },
  },
};

export const habitNotes: Readonly<Record<Exclude<keyof Habits, "rooms">, string>> = {
  devices: "connections of one user at a time",
  hoursConnected: "hours a day with a connection",
  onlineAtPeak:
    "share of users who are connected at the busiest moment; everything else is as much " +
    "more frequent then",
  opens: "connections a day and device: the app is opened",
  drops: "connections lost in an hour, and opened again",
  messages: "messages sent a day",
  resent: "share of messages that are sent again for want of an ack",
  typing: "`typing` frames for each message",
  reads: "`read` frames a day",
  history: "pages of `history` a day",
  looks: "`who` frames a day",
  looking:
    "share of the connections that hear a room which look at it when something happens there: " +
    "people open the app for one room, and of those who hear it most are in other rooms or windows",
  joins: "rooms joined a day, and as many left",
  keptMonths: "months of messages in the log",
};

/** How many users the page is for. */
export const populations = [1_000, 100_000, 1_000_000, 10_000_000];

/** Taken of AWS: within one region, on kept-alive connections. */
export const latencies = { tableMs: 5, postMs: 10 };

export const assumptions = {
  /** A gateway closes a connection that is as old (AWS), and its client opens another. */
  connectionHoursMost: 2,
  /** The client's own. */
  keepAliveMinutes: limits.keepAliveMs / 60_000,
  /** Lambda gives a function a whole processor of about this machine's speed at so much memory. */
  megabytesPerProcessor: 1_769,
  /** Of an invocation, besides its requests: parsing, checking, deciding, answering. */
  invocationCpuMs: 1,
  /** Of one `authorize`: a signature is checked with keys that are there. */
  authorizeCpuMs: 2,
  /** Of all invocations, and what each then takes longer, billed. */
  coldStartShare: 0.005,
  coldStartMs: 500,
  /** Somebody who means harm, on one connection: the smallest virtual server that is for hire. */
  attacker: { framesPerSecond: 50, instances: 12, usdPerHour: 0.004 },
  /** Of a quota, that is to be used at the peak. */
  quotaShare: 0.7,
  daysPerMonth: 30,
};
