/**
 * One WebSocket after the other, until it is told to stop; and the requests that wait for an answer
 * on it. A connection is over as soon as we think so, and what its socket still brings is ignored:
 * a dead network may take minutes to say that it is dead. Requests do not survive their connection.
 * Who asked is told so at once, and may ask again on the next one.
 */
import {
  asChatError,
  ChatError,
  disconnected,
  errorOf,
  noConnection,
  tooSlow,
} from "./chatError.ts";
import { ended, noComeback, proven, told, trying, welcomed } from "./comeback.ts";
import { type Action, type Fields, type Reply, readFrame, type ServerFrame } from "./frames.ts";
import { limits } from "./limits.ts";
import type { Ports } from "./ports.ts";
import { type Address, dialler, type Socket } from "./socket.ts";

/**
 * `connected` once the service has said who we are; `disconnected` while waiting for the next try;
 * `failed` when the service told us not to come back.
 */
export type Status =
  | "initialized"
  | "connecting"
  | "connected"
  | "disconnected"
  | "closed"
  | "failed";

export interface StatusChange {
  status: Status;
  /** Why, where it is not what was asked for. */
  reason?: ChatError;
  /** With `disconnected`: when the next try begins. */
  retryInMs?: number;
}

/** What a connection is used by. */
export interface ConnectionUser {
  /** The socket is open. */
  opened(): void;
  /** Every frame, also one that answers a request: that request is told after this. */
  received(frame: ServerFrame): void;
  changed(change: StatusChange): void;
}

export interface Expectation {
  /** Take an answer. Returns whether it was the last one. */
  answer(frame: ServerFrame): boolean;
  fail(error: ChatError): void;
}

export class Connection {
  readonly #address: Address;
  readonly #ports: Ports;
  readonly #user: ConnectionUser;
  readonly #expected = new Map<string, Expectation & { cancel(): void }>();
  #status: Status = "initialized";
  #socket: Socket | undefined;
  #isOpen = false;
  /** Counts the tries to connect: a token that was asked for in an earlier one is not used. */
  #try = 0;
  #requests = 0;
  #framesHeard = 0;
  #cancelTimer = () => {};
  #comeback = noComeback;

  constructor(address: Address, ports: Ports, user: ConnectionUser) {
    this.#address = address;
    this.#ports = ports;
    this.#user = user;
  }

  get status(): Status {
    return this.#status;
  }

  /** Connect, and stay so. While waiting for the next try: make it now. */
  connect(): void {
    if (this.#status !== "connecting" && this.#status !== "connected") void this.#open();
  }

  close(): void {
    if (this.#status === "closed") return;
    const error = new ChatError("closed", "unable to go on; the client was closed");
    this.#end({ status: "closed" }, error);
  }

  /** The service has said who we are. */
  welcomed(): void {
    this.#comeback = welcomed(this.#comeback);
    this.#become({ status: "connected" });
  }

  /** The connection is good for something. */
  proven(): void {
    this.#comeback = proven(this.#comeback);
  }

  /** This connection is of no use: try another one, after so long and a random part. */
  restart(reason: ChatError, afterMs = 0): void {
    const end = { code: reason.code, wasConnecting: this.#status === "connecting", afterMs };
    const { comeback, retryInMs } = ended(this.#comeback, end, this.#ports.random);
    this.#comeback = comeback;
    this.#end({ status: "disconnected", reason, retryInMs }, disconnected(reason));
    // Whoever was told may have closed it, or connected at once.
    if (this.#status !== "disconnected") return;
    this.#cancelTimer = this.#ports.clock.after(retryInMs, () => void this.#open());
  }

  /** No connection will be of any use. */
  fail(reason: ChatError): void {
    this.#end({ status: "failed", reason }, reason);
  }

  /** Send a request, and wait for the one answer. @throws ChatError, also for an error frame */
  exchange<A extends Action>(action: A, fields: Fields<A>): Promise<Reply<A>> {
    return new Promise((resolve, reject) => {
      const answer = (frame: ServerFrame) => {
        if (frame.type === "error") reject(errorOf(frame));
        else resolve(frame as Reply<A>);
        return true;
      };
      this.ask(action, fields, { answer, fail: reject });
    });
  }

  /** Send a request, and wait for as many answers as `expectation` wants. */
  ask<A extends Action>(action: A, fields: Fields<A>, expectation: Expectation): void {
    if (this.#socket === undefined || !this.#isOpen) {
      expectation.fail(disconnected());
      return;
    }
    this.#requests += 1;
    const id = String(this.#requests);
    const heardBefore = this.#framesHeard;
    const cancel = this.#ports.clock.after(limits.replyMs, () => {
      this.#expected.delete(id);
      const message = `unable to ${action}; no answer within ${limits.replyMs} ms`;
      const late = new ChatError("timed_out", message, { retryable: true });
      // Not a word since: it is not this request that is lost, it is the connection.
      if (this.#framesHeard === heardBefore) this.restart(late);
      expectation.fail(late);
    });
    this.#expected.set(id, { ...expectation, cancel });
    this.#socket.send(JSON.stringify({ action, id, ...fields }));
  }

  async #open(): Promise<void> {
    this.#cancelTimer();
    this.#try += 1;
    const current = this.#try;
    this.#cancelTimer = this.#ports.clock.after(limits.openMs, () =>
      this.restart(tooSlow(limits.openMs)),
    );
    this.#become({ status: "connecting" });
    this.#comeback = trying(this.#comeback, undefined);
    try {
      const nowMs = this.#ports.clock.nowMs();
      const { dial, place, isTold } = await dialler(this.#address, this.#comeback, nowMs);
      if (current !== this.#try) return;
      if (isTold) this.#comeback = told(this.#comeback, place, nowMs);
      this.#comeback = trying(this.#comeback, place?.gateway);
      this.#socket = dial();
      this.#listen(this.#socket);
    } catch (thrown) {
      if (current !== this.#try) return;
      const error = asChatError(thrown);
      this.restart(error, error.retryAfterMs);
    }
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
    if (frame === "gateway") this.#receivedFromGateway();
    else if (frame.type === "disconnect") this.#receivedDisconnect(frame);
    else {
      this.#user.received(frame);
      this.#answered(frame);
    }
  }

  #answered(frame: ServerFrame): void {
    const id = "id" in frame ? frame.id : undefined;
    const expectation = id === undefined ? undefined : this.#expected.get(id);
    if (id === undefined || expectation === undefined || !expectation.answer(frame)) return;
    expectation.cancel();
    this.#expected.delete(id);
  }

  /** It does not say which request it is about: when there is but one, we know; else time tells. */
  #receivedFromGateway(): void {
    const [id, ...others] = this.#expected.keys();
    if (id === undefined || others.length > 0) return;
    const message = "unable to answer; the gateway reports a failure";
    this.#failRequests([id], new ChatError("internal", message, { retryable: true }));
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
    const socket = this.#socket;
    this.#socket = undefined; // first, so that nothing that comes of closing it is heard
    socket?.close();
    this.#become(change);
    this.#failRequests([...this.#expected.keys()], error);
  }

  #failRequests(ids: string[], error: ChatError): void {
    for (const id of ids) {
      const expectation = this.#expected.get(id);
      this.#expected.delete(id);
      expectation?.cancel();
      expectation?.fail(error);
    }
  }

  #become(change: StatusChange): void {
    this.#status = change.status;
    this.#user.changed(change);
  }
}
