/**
 * Keeps one connection to the service until it is told to stop. A try to connect gets a token,
 * opens a socket and says hello. While an older connection lives, the try is a hand-over: it also
 * syncs the rooms on the new connection, and only then does that one take the place of the old one,
 * which closes as soon as its requests are answered. So a new token, the gateway's two hours and a
 * drained gateway cause no moment offline. A hand-over that fails leaves the old connection alone
 * and is tried again. When the old connection ends first, the same try goes on as a reconnect.
 *
 * Requests do not survive their connection. The caller is told at once and may ask again.
 */
import { asChatError, ChatError, clientEnded, disconnected, timedOut } from "./chatError.ts";
import type { Expectation } from "./expectations.ts";
import type { Action, Fields, Reply, ServerFrame } from "./frames.ts";
import { handOverAfterMs } from "./handOver.ts";
import * as limits from "./limits.ts";
import { Link } from "./link.ts";
import type { Ports } from "./ports.ts";
import {
  connectionEnded,
  connectStarted,
  gatewayAssigned,
  helloAnswered,
  newReconnectState,
  syncAnswered,
} from "./reconnect.ts";
import { type Address, oneAtATime, socketOpener } from "./socket.ts";
import type { Status, StatusChange } from "./status.ts";

/** What a connection is used by. */
interface ConnectionUser {
  /** Every frame, also one that answers a request: that request is told after this. */
  received(frame: ServerFrame): void;
  changed(change: StatusChange): void;
  /** A new connection is about to say hello while the old one lives. */
  handingOver(): void;
  /** Hear on this link what is heard on the old one. @throws ChatError */
  prepare(link: Link): Promise<void>;
  /** The new connection has taken the place of the old one. */
  handedOver(): void;
}

/** A try to connect. */
interface Attempt {
  link?: Link;
  gateway?: string | undefined;
  /** When it got its token. */
  sinceMs?: number;
  /** Call off its time-out. */
  cancel(): void;
}

/** The connection in use. */
interface Live {
  readonly link: Link;
  readonly gateway: string | undefined;
  readonly token: string;
  /** When its token expires. */
  readonly expiresAtMs: number;
  /** When its gateway ends it. */
  readonly oldAtMs: number;
  /** Why it is about to end, once the service has said so. */
  leaving?: ChatError;
}

export class Connection {
  readonly #address: Address;
  readonly #ports: Ports;
  readonly #user: ConnectionUser;
  readonly #token: () => Promise<string>;
  #status: Status = "idle";
  #live: Live | undefined;
  #attempt: Attempt | undefined;
  /** Connections that were replaced and still wait for answers. */
  readonly #replaced = new Set<Link>();
  #isProbing = false;
  #ended: ChatError | undefined;
  /** The next try to connect: how to call it off, and when it is due. */
  #cancelNext = () => {};
  #nextAtMs = 0;
  #reconnect = newReconnectState;

  constructor(address: Address, ports: Ports, user: ConnectionUser) {
    this.#address = address;
    this.#ports = ports;
    this.#user = user;
    this.#token = oneAtATime(address.token);
  }

  get status(): Status {
    return this.#status;
  }

  /** Why nothing will be sent any more, once that is so. */
  get ended(): ChatError | undefined {
    return this.#ended;
  }

  /**
   * Connect, and stay so. While waiting for the next try: make it now. A path that has died says
   * nothing: so a connection has to prove that it lives, and a try that takes long is started over.
   */
  connect(): void {
    if (this.#live) void this.#probe(this.#live.link);
    else if (this.#attempt) this.#startOver(this.#attempt);
    else this.#connectNow();
  }

  close(): void {
    if (this.#status === "closed") return;
    this.#ended = clientEnded();
    this.#end({ status: "closed" }, this.#ended);
  }

  /** No connection will be of any use. */
  fail(reason: ChatError): void {
    this.#ended = clientEnded(reason);
    this.#end({ status: "failed", reason }, reason);
  }

  /** A sync was answered, or there is nothing to sync: the next connect has a short wait again. */
  resetBackoff(): void {
    this.#reconnect = syncAnswered(this.#reconnect);
  }

  /** Send a request, and wait for the one answer. @throws ChatError, also for an error frame */
  exchange<A extends Action>(action: A, fields: Fields<A>): Promise<Reply<A>> {
    return this.#live?.link.exchange(action, fields) ?? Promise.reject(disconnected());
  }

  /** Send a request, and have its answer taken the moment that it comes. */
  ask<A extends Action>(action: A, fields: Fields<A>, expectation: Expectation): void {
    if (this.#live) this.#live.link.ask(action, fields, expectation);
    else expectation.fail(disconnected());
  }

  /** Find out whether the connection lives, and if not, open another one without a wait. */
  async #probe(link: Link): Promise<void> {
    if (this.#isProbing) return;
    this.#isProbing = true;
    const error = await link.exchange("ping", {}, limits.probeMs).catch((why: ChatError) => why);
    this.#isProbing = false;
    if ("code" in error && error.code === "timed_out" && this.#status === "offline")
      this.#connectNow();
  }

  /** Leave a try that takes long. No gateway is blamed: it may be the network that was away. */
  #startOver({ sinceMs = Number.POSITIVE_INFINITY }: Attempt): void {
    const waitedMs = this.#ports.clock.nowMs() - sinceMs;
    if (waitedMs < limits.startOverMs) return;
    this.#end({ status: "offline", reason: timedOut("connect", waitedMs), retryInMs: 0 });
    if (this.#status === "offline") this.#connectNow();
  }

  #connectNow(): void {
    this.#cancelNext();
    this.#leaveAttempt();
    this.#ended = undefined;
    const attempt: Attempt = { cancel() {} };
    this.#attempt = attempt;
    if (this.#live === undefined) this.#become({ status: "connecting" });
    void this.#try(attempt);
  }

  async #try(attempt: Attempt): Promise<void> {
    const isOver = () => this.#attempt !== attempt;
    try {
      if (isOver()) return; // a listener has closed it
      this.#reconnect = connectStarted(this.#reconnect, undefined);
      const token = await this.#token();
      if (isOver()) return;
      if (this.#isUseless(token)) {
        this.#attempt = undefined;
        this.#planHandOver();
        return;
      }
      const link = await this.#open(attempt, token);
      if (link === undefined || isOver()) return;
      if (this.#live) this.#user.handingOver();
      const oldAtMs = this.#ports.clock.nowMs() + limits.connectionMs;
      const { expiresAtMs } = await hello(link);
      if (isOver()) return;
      if (this.#live) await this.#user.prepare(link);
      if (isOver()) return;
      this.#adopt({ link, gateway: attempt.gateway, token, expiresAtMs, oldAtMs });
    } catch (thrown) {
      const error = asChatError(thrown);
      if (isOver()) return;
      if (error.code === "closed") this.fail(error);
      else this.#attemptFailed(error, error.retryAfterMs);
    }
  }

  /** A hand-over for the sake of a fresh token needs one: else it is planned anew. */
  #isUseless(token: string): boolean {
    if (this.#live === undefined || this.#live.leaving || token !== this.#live.token) return false;
    return this.#live.expiresAtMs < this.#live.oldAtMs;
  }

  /** Resolves when the socket is open. A socket that does not open fails the try. */
  async #open(attempt: Attempt, token: string): Promise<Link | undefined> {
    const { clock } = this.#ports;
    const nowMs = clock.nowMs();
    attempt.sinceMs = nowMs;
    // Only from here on: a token may take as long as somebody takes to sign in.
    attempt.cancel = clock.after(limits.openMs, () =>
      this.#attemptFailed(timedOut("connect", limits.openMs)),
    );
    // A hand-over comes before the two hours that make a gateway stale, and is due to ask for it.
    const earlyMs = this.#live ? limits.connectionMs * (1 - limits.handOverFrom) : 0;
    const opener = await socketOpener(this.#address, token, this.#reconnect, nowMs + earlyMs);
    if (this.#attempt !== attempt) return undefined;
    const { open, gateway, isNew } = opener;
    if (isNew) this.#reconnect = gatewayAssigned(this.#reconnect, gateway, nowMs);
    this.#reconnect = connectStarted(this.#reconnect, gateway?.gateway);
    attempt.gateway = gateway?.gateway;
    return new Promise((resolve) => {
      const link = new Link(open(), clock, {
        opened() {
          attempt.cancel();
          resolve(link);
        },
        received: (frame) => this.#received(link, frame),
        lost: (reason) => this.#lost(link, reason),
      });
      attempt.link = link;
    });
  }

  #adopt(live: Live): void {
    const old = this.#live?.link;
    this.#attempt = undefined;
    this.#live = live;
    this.#reconnect = helloAnswered(this.#reconnect);
    this.#planHandOver();
    if (old === undefined) {
      this.#become({ status: "live" });
      return;
    }
    this.#replaced.add(old);
    void old.closeWhenAnswered().then(() => this.#replaced.delete(old));
    this.#user.handedOver();
  }

  #planHandOver(): void {
    if (this.#live === undefined) return;
    const { clock, random } = this.#ports;
    const { expiresAtMs, oldAtMs } = this.#live;
    const nowMs = clock.nowMs();
    // A token that is accepted has not expired, even if the clock of this machine says so.
    const untilMs = expiresAtMs > nowMs ? Math.min(expiresAtMs, oldAtMs) : oldAtMs;
    const afterMs = handOverAfterMs(untilMs - nowMs, random);
    if (afterMs !== undefined) this.#connectIn(afterMs);
  }

  #connectIn(afterMs: number): void {
    this.#cancelNext();
    this.#nextAtMs = this.#ports.clock.nowMs() + afterMs;
    this.#cancelNext = this.#ports.clock.after(afterMs, () => this.#connectNow());
  }

  #received(link: Link, frame: ServerFrame): void {
    if (frame.type === "disconnect") {
      if (!this.#replaced.has(link)) this.#receivedDisconnect(link, frame);
      return;
    }
    // What is pushed while there are two connections comes on both. Events are told apart by their
    // positions. All else is taken from the old one as long as that is heard.
    const isTwice = this.#live !== undefined && link === this.#attempt?.link;
    const isHint = frame.type !== "events" && !("id" in frame);
    if (!(isTwice && isHint)) this.#user.received(frame);
  }

  #receivedDisconnect(
    link: Link,
    { code, message, reconnect, afterMs }: ServerFrame<"disconnect">,
  ): void {
    const reason = new ChatError(code, message, { retryable: reconnect });
    const live = this.#live?.link === link ? this.#live : undefined;
    // The oldest connection has to go for the one that is about to take its place.
    const isForOurs = live !== undefined && this.#attempt && code === "too_many_connections";
    if (isForOurs) this.#liveLost(reason);
    else if (!reconnect) this.fail(reason);
    else if (live === undefined) this.#attemptFailed(reason, afterMs);
    else this.#leave(live, reason, afterMs);
  }

  /** The connection is about to end: hand over to another one, if it leaves us the time. */
  #leave(live: Live, reason: ChatError, afterMs: number): void {
    if (live.leaving) return;
    live.leaving = reason;
    this.#leaveAttempt();
    this.#reconnect = { ...this.#reconnect, gateway: live.gateway };
    this.#connectIn(this.#countEnd(reason, afterMs, false));
  }

  /** A socket closed, or was silent for too long. */
  #lost(link: Link, reason: ChatError): void {
    if (this.#replaced.has(link)) link.close(disconnected(reason));
    else if (this.#live?.link === link) this.#liveLost(reason);
    else this.#attemptFailed(reason);
  }

  #liveLost(lost: ChatError): void {
    const reason = this.#live?.leaving ?? lost;
    if (reason === lost && !this.#attempt) {
      this.#restart(reason);
      return;
    }
    const waitMs = this.#nextAtMs - this.#ports.clock.nowMs();
    const retryInMs = this.#attempt ? 0 : Math.max(0, waitMs);
    this.#leaveLive({ status: "offline", reason, retryInMs });
    if (this.#attempt && this.#status === "offline") this.#become({ status: "connecting" });
  }

  /** The try is over; and nothing else is, while the connection before it lives. */
  #attemptFailed(reason: ChatError, afterMs = 0): void {
    if (this.#live === undefined) {
      this.#restart(reason, afterMs);
      return;
    }
    const retryInMs = this.#countEnd(reason, afterMs, true);
    this.#reconnect = { ...this.#reconnect, gateway: this.#live.gateway };
    this.#leaveAttempt();
    this.#connectIn(retryInMs);
  }

  /** There is no connection: try another one, after so long and a random part. */
  #restart(reason: ChatError, afterMs = 0): void {
    const retryInMs = this.#countEnd(reason, afterMs, this.#live === undefined);
    this.#end({ status: "offline", reason, retryInMs });
    // A listener may have closed it, or connected at once.
    if (this.#status === "offline") this.#connectIn(retryInMs);
  }

  /** Returns how long to wait before the next try. */
  #countEnd({ code }: ChatError, afterMs: number, wasConnecting: boolean): number {
    const end = { code, afterMs, wasConnecting };
    const { state, retryInMs } = connectionEnded(this.#reconnect, end, this.#ports.random);
    this.#reconnect = state;
    return retryInMs;
  }

  #end(change: StatusChange, error = disconnected(change.reason)): void {
    this.#cancelNext();
    this.#leaveAttempt(error);
    for (const link of [...this.#replaced]) link.close(error);
    this.#leaveLive(change, error);
  }

  #leaveAttempt(error = disconnected()): void {
    const attempt = this.#attempt;
    this.#attempt = undefined;
    attempt?.cancel();
    attempt?.link?.close(error);
  }

  #leaveLive(change: StatusChange, error = disconnected(change.reason)): void {
    const live = this.#live;
    this.#live = undefined;
    live?.link.stop(); // first, so that nothing is heard any more when the change is told
    this.#become(change);
    live?.link.close(error);
  }

  #become(change: StatusChange): void {
    this.#status = change.status;
    this.#user.changed(change);
  }
}

/** Ask who we are, and for all rooms. */
async function hello(link: Link): Promise<Reply<"hello">> {
  let page = await link.exchange("hello", {});
  while (page.more) page = await link.exchange("hello", { after: page.rooms.at(-1)?.room });
  return page;
}
