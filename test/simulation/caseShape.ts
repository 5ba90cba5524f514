/** What a small case says. */
import type { ConnectedCaller } from "../../lib/model.ts";
import type { PostResult } from "../../lib/ports.ts";
import type { ErrorCode } from "../../lib/protocol/codes.ts";
import type { Request } from "../support/checker/history.ts";
import type { Post } from "./service.ts";
import type { Simulation } from "./simulation.ts";

export interface SmallCase {
  title: string;
  /** How many operations may be killed in one order. */
  kills: number;
  /** The rooms that everybody who is connected syncs at the end. */
  rooms: string[];
  /** Every look at the clock is later than the one before; presence is to settle. */
  isTimed?: boolean;
  /** How long it takes to read a page of subscriptions. */
  pageMs?: number;
  /** Connections beyond which a room is delivered to by the stream. */
  largeRoomConnections?: number;
  isPutAnswerLost?: boolean;
  /** Subscriptions read at once. */
  pageSize?: number;
  /** Whether a stranger's first message waits to be accepted. */
  holdsRequests?: true;
  /** For how long messages are kept; none: for good. */
  retentionMs?: number;
  /** What posts to these connections are answered. Their timers go when nothing else is left. */
  ills?: Readonly<Record<string, PostResult | "silent">>;
  /** Connections that are to be forgotten in the end. */
  forgotten?: readonly string[];
  /** What alice has to send before nothing stray is left: a publish finds who is gone. */
  cleanedBy?: Request;
  /** What somebody may be refused, in some order. */
  refusals?: readonly ErrorCode[];
  prepare(here: Here): Promise<Record<string, () => Promise<unknown>>>;
}

/** A simulation with people in it. Connections are named alice-1, alice-2, …: user and number. */
export interface Here {
  simulation: Simulation;
  wasKilled: boolean;
  callerOf(connection: string): ConnectedCaller;
  /** Connect, and join rooms. */
  arrive(connection: string, ...rooms: string[]): Promise<void>;
  /** Ask, again after each time that the handler was killed. */
  ask(thread: string, connection: string, frame: Request): Promise<void>;
  /** Let time pass: those who come from then on have tokens of then. */
  age(ms: number): void;
  /** When that was, and how many entries the history had. */
  aged?: { nowMs: number; at: number };
  /** Delete what is past its time, again after each time that it was killed. */
  sweep(thread: string): Promise<void>;
  /** The same over HTTP. */
  post(thread: string, user: string, post: Post): Promise<void>;
}
