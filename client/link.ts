/**
 * One WebSocket and the requests that wait for an answer on it. It ends once, and ignores later
 * events of its socket: a dead network may take minutes to report its end.
 * Requests do not survive it.
 */
import { type ChatError, disconnected, errorOf } from "./chatError.ts";
import { type Expectation, Expectations } from "./expectations.ts";
import { type Action, type Fields, type Reply, readFrame, type ServerFrame } from "./frames.ts";
import * as limits from "./limits.ts";
import type { Clock } from "./ports.ts";
import type { Socket } from "./socket.ts";

/** What a link is used by. */
interface LinkUser {
  /** Every frame, also one that answers a request: that request is told after this. */
  received(frame: ServerFrame): void;
  /** The socket closed, or was silent for too long. */
  lost(reason: ChatError): void;
}

export class Link {
  readonly #socket: Socket;
  readonly #user: LinkUser;
  readonly #expected: Expectations;
  #isEnded = false;
  #framesHeard = 0;

  /** `opened` is called when the socket is open. */
  constructor(socket: Socket, clock: Clock, user: LinkUser & { opened(): void }) {
    this.#socket = socket;
    this.#user = user;
    this.#expected = new Expectations(clock);
    const unlessEnded = (call: () => void) => () => void (this.#isEnded || call());
    socket.addEventListener("open", unlessEnded(user.opened));
    const closed = () => user.lost(disconnected());
    socket.addEventListener("close", unlessEnded(closed));
    socket.addEventListener("error", () => {}); // followed by `close`, which says as much
    socket.addEventListener("message", ({ data }) => void (this.#isEnded || this.#received(data)));
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
    if (this.#isEnded) {
      expectation.fail(disconnected());
      return;
    }
    const heardBefore = this.#framesHeard;
    const late = (error: ChatError) => {
      // Not a word since: it is not this request that is lost, it is the connection.
      if (this.#framesHeard === heardBefore && !this.#isEnded) this.#user.lost(error);
    };
    const id = this.#expected.add(expectation, { action, withinMs, late });
    const text = JSON.stringify({ action, id, ...fields });
    if (new TextEncoder().encode(text).length <= limits.frameBytes) this.#socket.send(text);
    else {
      // Answered here as by the service: a gateway would end the connection, at every try.
      const message = `unable to ${action}; it is too large`;
      this.#expected.receive({ type: "error", id, code: "too_large", message, retryable: false });
    }
  }

  /** Close the socket, and hear nothing any more. */
  stop(): void {
    if (this.#isEnded) return;
    this.#isEnded = true; // first, so that nothing that comes of closing it is heard
    this.#socket.close();
  }

  /** Close the socket. Requests that wait fail with this error. */
  close(error: ChatError): void {
    this.stop();
    this.#expected.failAll(error);
  }

  /** Close the socket when no request waits for an answer any more. */
  async closeWhenAnswered(): Promise<void> {
    await this.#expected.settled();
    this.close(disconnected());
  }

  #received(data: unknown): void {
    this.#framesHeard += 1;
    const frame = readFrame(data);
    if (frame === undefined) return;
    if (frame === "gateway") {
      this.#expected.receiveFromGateway();
      return;
    }
    this.#user.received(frame);
    this.#expected.receive(frame);
  }
}
