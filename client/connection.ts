/**
 * One WebSocket after the other, until it is told to stop; and the requests that wait for an answer
 * on it. A connection is over as soon as we think so, and what its socket still brings is ignored:
 * a dead network may take minutes to say that it is dead. Requests do not survive their connection.
 * Who asked is told so at once, and may ask again on the next one.
 */
import {
  asChatError,
  ChatError,
  clientEnded,
  disconnected,
  errorOf,
  noConnection,
  timedOut,
} from "./chatError.ts";
import { type Expectation, Expectations } from "./expectations.ts";
import { type Action, type Fields, type Reply, readFrame, type ServerFrame } from "./frames.ts";
import { limits } from "./limits.ts";
import type { Ports } from "./ports.ts";
import {
  connectionEnded,
  connectStarted,
  gatewayAssigned,
  helloAnswered,
  newReconnectState,
  syncAnswered,
} from "./reconnect.ts";
import { type Address, oneAtATime, type Socket, socketOpener } from "./socket.ts";
import type { Status, StatusChange } from "./status.ts";

/** What a connection is used by. */
export interface ConnectionUser {
  /** The socket is open. */
  opened(): void;
  /** Every frame, also one that answers a request: that request is told after this. */
  received(frame: ServerFrame): void;
  changed(change: StatusChange): void;
}

export class Connection {
  readonly #address: Address;
  readonly #ports: Ports;
  readonly #user: ConnectionUser;
  readonly #expected: Expectations;
  readonly #token: () => Promise<string>;
  #status: Status = "initialized";
  #socket: Socket | undefined;
  #isOpen = false;
  /** Counts the tries to connect: what was asked for in an earlier one is not used. */
  #try = 0;
  /** When the current try got its token. */
  #connectingSinceMs: number | undefined;
  #isProbing = false;
  #ended: ChatError | undefined;
  #framesHeard = 0;
  #cancelTimer = () => {};
  #reconnect = newReconnectState;

  constructor(address: Address, ports: Ports, user: ConnectionUser) {
    this.#address = address;
    this.#ports = ports;
    this.#user = user;
    this.#expected = new Expectations(ports.clock);
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
    if (this.#status === "connected") void this.#probe();
    else if (this.#status === "connecting") this.#startOver();
    else void this.#open();
  }

  close(): void {
    if (this.#status === "closed") return;
    this.#ended = clientEnded();
    this.#end({ status: "closed" }, this.#ended);
  }

  /** The service has said who we are. */
  welcomed(): void {
    this.#reconnect = helloAnswered(this.#reconnect);
    this.#become({ status: "connected" });
  }

  /** A sync was answered, or there is nothing to sync: the next connect has a short wait again. */
  resetBackoff(): void {
    this.#reconnect = syncAnswered(this.#reconnect);
  }

  /** This connection is of no use: try another one, after so long and a random part. */
  restart(reason: ChatError, afterMs = 0): void {
    const end = { code: reason.code, wasConnecting: this.#status === "connecting", afterMs };
    const { state, retryInMs } = connectionEnded(this.#reconnect, end, this.#ports.random);
    this.#reconnect = state;
    this.#end({ status: "disconnected", reason, retryInMs }, disconnected(reason));
    // A listener may have closed it, or connected at once.
    if (this.#status !== "disconnected") return;
    this.#cancelTimer = this.#ports.clock.after(retryInMs, () => void this.#open());
  }

  /** No connection will be of any use. */
  fail(reason: ChatError): void {
    this.#ended = clientEnded(reason);
    this.#end({ status: "failed", reason }, reason);
  }

  /** Send a request, and wait for the one answer. @throws ChatError, also for an error frame */
  exchange<A extends Action>(action: A, fields: Fields<A>, withinMs?: number): Promise<Reply<A>> {
    return new Promise((resolve, reject) => {
      const answer = (frame: ServerFrame) => {
        if (frame.type === "error") reject(errorOf(frame));
        else resolve(frame as Reply<A>);
      };
      this.ask(action, fields, { answer, fail: reject }, withinMs);
    });
  }

  /** Send a request, and have its answer taken the moment that it comes. */
  ask<A extends Action>(
    action: A,
    fields: Fields<A>,
    expectation: Expectation,
    withinMs: number = limits.replyMs,
  ): void {
    if (this.#socket === undefined || !this.#isOpen) {
      expectation.fail(disconnected());
      return;
    }
    const heardBefore = this.#framesHeard;
    const late = (error: ChatError) => {
      // Not a word since: it is not this request that is lost, it is the connection.
      if (this.#framesHeard === heardBefore) this.restart(error);
    };
    const id = this.#expected.add(expectation, { action, withinMs, late });
    this.#socket.send(JSON.stringify({ action, id, ...fields }));
  }

  /** Find out whether the connection lives, and if not, open another one without a wait. */
  async #probe(): Promise<void> {
    if (this.#isProbing) return;
    this.#isProbing = true;
    const code = await this.exchange("ping", {}, limits.probeMs).then(
      () => undefined,
      (error: ChatError) => error.code,
    );
    this.#isProbing = false;
    if (code === "timed_out" && this.#status === "disconnected") void this.#open();
  }

  /** Leave a try that takes long. No gateway is blamed: it may be the network that was away. */
  #startOver(): void {
    const waitedMs =
      this.#ports.clock.nowMs() - (this.#connectingSinceMs ?? Number.POSITIVE_INFINITY);
    if (waitedMs < limits.startOverMs) return;
    const reason = timedOut(`unable to connect; no connection within ${waitedMs} ms`);
    this.#end({ status: "disconnected", reason, retryInMs: 0 }, disconnected(reason));
    if (this.#status === "disconnected") void this.#open();
  }

  async #open(): Promise<void> {
    this.#cancelTimer();
    this.#ended = undefined;
    this.#try += 1;
    const current = this.#try;
    this.#become({ status: "connecting" });
    this.#reconnect = connectStarted(this.#reconnect, undefined);
    try {
      const token = await this.#token();
      if (current !== this.#try) return;
      this.#limitOpening();
      const nowMs = this.#ports.clock.nowMs();
      const { open, gateway, isNew } = await socketOpener(
        this.#address,
        token,
        this.#reconnect,
        nowMs,
      );
      if (current !== this.#try) return;
      if (isNew) this.#reconnect = gatewayAssigned(this.#reconnect, gateway, nowMs);
      this.#reconnect = connectStarted(this.#reconnect, gateway?.gateway);
      this.#socket = open();
      this.#listen(this.#socket);
    } catch (thrown) {
      if (current !== this.#try) return;
      const error = asChatError(thrown);
      this.restart(error, error.retryAfterMs);
    }
  }

  /** Only from here on: a token may take as long as somebody takes to sign in. */
  #limitOpening(): void {
    this.#connectingSinceMs = this.#ports.clock.nowMs();
    this.#cancelTimer = this.#ports.clock.after(limits.openMs, () =>
      this.restart(timedOut(`unable to connect; no connection within ${limits.openMs} ms`)),
    );
  }

  #listen(socket: Socket): void {
    const isCurrent = () => this.#socket === socket;
    socket.addEventListener("open", () => void (isCurrent() && this.#opened()));
    socket.addEventListener("close", () => void (isCurrent() && this.restart(noConnection())));
    socket.addEventListener("error", () => {}); // followed by `close`, which says as much
    socket.addEventListener("message", ({ data }) => void (isCurrent() && this.#received(data)));
  }

  #opened(): void {
    this.#cancelTimer();
    this.#isOpen = true;
    this.#user.opened();
  }

  #received(data: unknown): void {
    this.#framesHeard += 1;
    const frame = readFrame(data);
    if (frame === undefined) return;
    if (frame === "gateway") this.#expected.receiveFromGateway();
    else if (frame.type === "disconnect") this.#receivedDisconnect(frame);
    else {
      this.#user.received(frame);
      this.#expected.receive(frame);
    }
  }

  #receivedDisconnect({ code, message, reconnect, afterMs }: ServerFrame<"disconnect">): void {
    const reason = new ChatError(code, message, { retryable: reconnect });
    if (reconnect) this.restart(reason, afterMs);
    else this.fail(reason);
  }

  #end(change: StatusChange, error: ChatError): void {
    this.#try += 1;
    this.#cancelTimer();
    this.#isOpen = false;
    this.#connectingSinceMs = undefined;
    const socket = this.#socket;
    this.#socket = undefined; // first, so that nothing that comes of closing it is heard
    socket?.close();
    this.#become(change);
    this.#expected.failAll(error);
  }

  #become(change: StatusChange): void {
    this.#status = change.status;
    this.#user.changed(change);
  }
}
