/**
 * Users, gateways and `GET /gateway` in virtual time, one event after the other, so that the same
 * seed gives the same run to the last bit. Every user has one connection and one turn in the
 * queue: when connected, the end of its two hours; else its next step towards a connection.
 *
 * It is about who connects where and when. Nothing is said on these connections.
 */

import * as clientLimits from "../../client/limits.ts";
import type { ConnectionEnd } from "../../client/reconnect.ts";
import { randomOf } from "../../test/simulation/random.ts";
import { type Advise, advice } from "./advice.ts";
import { assumptions, httpThrottle } from "./assumptions.ts";
import type { ClientRules, Clients } from "./clients.ts";
import { type DueQueue, dueQueue } from "./dueQueue.ts";
import { type Fleet, type FleetShape, fleet } from "./fleet.ts";
import { type Quota, quota } from "./quota.ts";

export interface Settings extends FleetShape {
  users: number;
  seed: number;
  rules: ClientRules;
  /** Each user's gateway at the beginning. */
  homes: Uint16Array;
  /** HTTP APIs that share what the users ask. */
  httpApis: number;
}

/** What a user is doing. */
const connected = 0;
const waiting = 1;
const dialling = 2;

const unanswered: ConnectionEnd = { code: "unavailable", wasConnecting: true, afterMs: 0 };
const refused: ConnectionEnd = { code: "disconnected", wasConnecting: true, afterMs: 0 };
const silence: ConnectionEnd = { code: "timed_out", wasConnecting: true, afterMs: 0 };
const lost: ConnectionEnd = { code: "disconnected", wasConnecting: false, afterMs: 0 };

export class Simulation {
  readonly fleet: Fleet;
  /** `GET /gateway`. */
  readonly asks: Quota;
  /** Those who were let in, anywhere. */
  readonly arrivals: Quota = quota(0, Number.POSITIVE_INFINITY);
  /** By user: whether an incident cut the connection. */
  readonly isHit: Uint8Array;
  /** By user: how long it last took to come back, or not a number. */
  readonly awayMs: Float32Array;
  /** All that is kept of each user. */
  readonly bytesPerUser: number;
  readonly #queue: DueQueue;
  readonly #clients: Clients;
  readonly #advise: Advise;
  readonly #doing: Uint8Array;
  readonly #gateways: Uint16Array;
  readonly #lostAtMs: Float64Array;
  readonly #plans: { atMs: number; act: () => void }[] = [];
  #nowMs = 0;
  #networkFromMs = 0;
  #hitAway = 0;

  constructor({ users, seed, rules, homes, httpApis, ...shape }: Settings) {
    const random = randomOf(seed);
    const { perSecond, burst } = httpThrottle();
    const askShare = httpApis * shape.quotaShare;
    this.fleet = fleet(shape);
    this.asks = quota(perSecond * askShare, burst * askShare);
    this.#queue = dueQueue(users);
    this.#clients = rules(users, this.fleet, random.next);
    this.#advise = advice(this.fleet, random, () => this.#nowMs);
    this.#doing = new Uint8Array(users);
    this.#gateways = homes.slice();
    this.#lostAtMs = new Float64Array(users).fill(Number.NaN);
    this.isHit = new Uint8Array(users);
    this.awayMs = new Float32Array(users).fill(Number.NaN);
    const arrays = [this.#doing, this.#gateways, homes, this.#lostAtMs, this.isHit, this.awayMs];
    const bytes = arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
    this.bytesPerUser = (bytes + this.#queue.bytes + this.#clients.bytes) / users;
    for (const [user, gateway] of homes.entries()) {
      // They came at any time during the last two hours.
      const leftMs = random.next() * assumptions.connectionMs;
      this.#clients.told(user, gateway, leftMs - assumptions.connectionMs);
      this.#opened(user, gateway);
      this.#queue.set(user, leftMs);
    }
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Users who were hit and are not back. */
  get hitAway(): number {
    return this.#hitAway;
  }

  get users(): number {
    return this.isHit.length;
  }

  /** The gateway that a user is on, or tries to get to. */
  gatewayOf(user: number): number {
    return this.#gateways[user] as number;
  }

  isOn(user: number, gateway: number): boolean {
    return this.#doing[user] === connected && this.#gateways[user] === gateway;
  }

  /** Something cuts a user's connection off; `end` is what the client is told. */
  hit(user: number, end: ConnectionEnd = lost): void {
    if (this.#doing[user] !== connected) return;
    this.isHit[user] = 1;
    this.#cut(user, end);
  }

  /** Count from here on. */
  countAnew(): void {
    for (const each of [this.asks, this.arrivals, ...this.fleet.quotas]) each.countAnew();
    this.awayMs.fill(Number.NaN);
  }

  /** Nobody reaches anything until then. */
  networkGoneUntil(ms: number): void {
    this.#networkFromMs = ms;
  }

  /** Do something when its time comes. */
  at(ms: number, act: () => void): void {
    this.#plans.push({ atMs: ms, act });
    this.#plans.sort((a, b) => a.atMs - b.atMs);
  }

  /** Let time pass: until then, or until all who were hit are back and nothing is planned. */
  async run(untilMs: number, until: "time" | "all are back" = "time"): Promise<void> {
    const plans = this.#plans;
    for (;;) {
      if (until === "all are back" && this.#hitAway === 0 && plans.length === 0) return;
      const [plan] = plans;
      const user = this.#queue.first();
      const isPlanned = plan !== undefined && plan.atMs <= this.#queue.dueMs(user);
      const dueMs = isPlanned ? plan.atMs : this.#queue.dueMs(user);
      if (dueMs > untilMs) break;
      this.#nowMs = Math.max(this.#nowMs, dueMs);
      if (isPlanned) {
        plans.shift();
        plan.act();
        await new Promise((resolve) => setImmediate(resolve)); // its waiter goes on
      } else await this.#take(user);
    }
    this.#nowMs = untilMs;
  }

  /** Nothing to wait for in most turns: a promise for each would take longer than the turn. */
  #take(user: number): Promise<void> | undefined {
    if (this.#doing[user] === connected) this.#cut(user, lost);
    else if (this.#doing[user] === dialling) this.#dial(user, this.gatewayOf(user));
    else {
      const known = this.#clients.known(user, this.#nowMs);
      if (known === undefined) return this.#ask(user);
      this.#dial(user, known);
    }
    return undefined;
  }

  #cut(user: number, end: ConnectionEnd): void {
    this.fleet.left(this.gatewayOf(user));
    this.#lostAtMs[user] = this.#nowMs;
    this.#hitAway += this.isHit[user] as number;
    this.#retry(user, 0, end);
  }

  /** `afterMs`: how long it takes the client to notice. */
  #retry(user: number, afterMs: number, end: ConnectionEnd): void {
    this.#doing[user] = waiting;
    this.#queue.set(user, this.#nowMs + afterMs + this.#clients.ended(user, end));
  }

  async #ask(user: number): Promise<void> {
    const { askMs, refusalMs } = assumptions;
    this.#clients.trying(user, undefined);
    if (this.#nowMs < this.#networkFromMs) return this.#cannotAsk(user, 0, unanswered);
    if (!this.asks.take(this.#nowMs)) return this.#cannotAsk(user, refusalMs, unanswered);
    const answer = await this.#advise(`user-${user}`, this.#clients.failed(user));
    if ("retryAfterMs" in answer) {
      this.#cannotAsk(user, askMs, { ...unanswered, afterMs: answer.retryAfterMs });
    } else {
      this.#clients.told(user, answer.gateway, this.#nowMs);
      this.#dialLater(user, answer.gateway, askMs);
    }
  }

  #cannotAsk(user: number, afterMs: number, end: ConnectionEnd): void {
    const fallback = this.#clients.fallback(user);
    if (fallback === undefined) this.#retry(user, afterMs, end);
    else this.#dialLater(user, fallback, afterMs);
  }

  #dialLater(user: number, gateway: number, afterMs: number): void {
    this.#doing[user] = dialling;
    this.#gateways[user] = gateway;
    this.#queue.set(user, this.#nowMs + afterMs);
  }

  #dial(user: number, gateway: number): void {
    const { refusalMs, connectionMs, handshakeMs } = assumptions;
    const health = this.fleet.health[gateway];
    this.#gateways[user] = gateway;
    this.#clients.trying(user, gateway);
    if (this.#nowMs < this.#networkFromMs) this.#retry(user, 0, refused);
    else if (health === "hangs") this.#retry(user, clientLimits.openMs, silence);
    else if (health === "refuses") this.#retry(user, refusalMs, refused);
    else if (!this.fleet.quotaOf(gateway).take(this.#nowMs)) this.#retry(user, refusalMs, refused);
    else {
      this.arrivals.take(this.#nowMs);
      this.#opened(user, gateway);
      this.#queue.set(user, this.#nowMs + connectionMs);
      this.#hitAway -= this.isHit[user] as number;
      this.awayMs[user] = this.#nowMs + handshakeMs - (this.#lostAtMs[user] as number);
    }
  }

  #opened(user: number, gateway: number): void {
    this.#doing[user] = connected;
    this.fleet.came(gateway);
    this.#clients.connected(user);
  }
}
