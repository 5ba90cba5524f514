/**
 * A user's connection, as strict as a client can be: every frame that comes in has to be one that
 * the protocol describes, and every request has to be answered exactly once; anything else fails
 * the test that opened the connection, whatever the test was looking at.
 *
 * There is no waiting for something not to happen. A service that has finished with a request has
 * nothing more to send because of it, so what shows that a frame was not sent is a later one.
 */
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { Action } from "../../lib/protocol/clientFrames.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { FrameType, ServerFrame } from "../../lib/protocol/serverFrames.ts";
import { developmentToken, type TokenOptions } from "../../local/tokens.ts";
import { type Endpoints, shared } from "./endpoints.ts";
import { inbox } from "./inbox.ts";
import { parseServerFrame } from "./serverFrame.ts";

export interface Client extends AsyncDisposable {
  readonly user: string;
  /** Everything received so far. */
  readonly frames: readonly ServerFrame[];
  /** What was received so far of one type. */
  received<T extends FrameType>(type: T): ServerFrame<T>[];
  /** Send anything, as it is. */
  send(frame: object | string | Buffer): void;
  /** Send a request under an `id` of its own. Its reply is expected to be of this type. */
  request<T extends FrameType>(type: T, frame: Request): Promise<ServerFrame<T>>;
  /** The first frame of a type that fits and was not asked for before, here or still to come. */
  next<T extends FrameType>(
    type: T,
    fits?: (frame: ServerFrame<T>) => boolean,
  ): Promise<ServerFrame<T>>;
  /** Resolves when all that was posted to this connection until now has arrived. */
  settled(): Promise<void>;
  /** The code with which the connection ended, when it has, by whomever. */
  readonly closed: Promise<number>;
  close(): Promise<number>;
  /** End without a word. */
  terminate(): void;
}

/** Of a known action, but with any fields that a test likes. */
export interface Request {
  action: Action;
  id?: never;
  [field: string]: unknown;
}

interface ConnectOptions extends TokenOptions {
  at?: Endpoints;
  token?: string;
}

/** Connect until the running test ends. */
export async function connect(user: string, options: ConnectOptions = {}): Promise<Client> {
  const client = await open(user, options);
  onTestFinished(() => client[Symbol.asyncDispose]());
  return client;
}

/** Connect until disposed of, which also tells what was wrong. */
export async function open(user: string, options: ConnectOptions = {}): Promise<Client> {
  const { websocketUrl } = options.at ?? shared();
  const token = options.token ?? (await developmentToken(user, options));
  const socket = new WebSocket(`${websocketUrl}?token=${token}`);
  const client = clientOn(socket, user);
  await new Promise<void>((opened, refused) => {
    socket.once("open", opened).once("error", refused);
  });
  return client;
}

function clientOn(socket: WebSocket, user: string): Client {
  const { all, put, next, end } = inbox<ServerFrame>();
  const { request, answered, unanswered, isLate } = requestsOf(user);
  let wrong: Error | undefined;
  socket.on("message", (data, isBinary) => {
    try {
      if (gatewaysError.test(String(data)) && isLate()) return;
      const frame = parseServerFrame(String(data), isBinary);
      if (answered(frame) !== "repeated") put(frame);
    } catch (error) {
      wrong ??= error as Error;
      end(wrong);
    }
  });
  const closed = new Promise<number>((resolve) => socket.once("close", resolve));
  void closed.then((code) => end(new Error(`the connection of ${user} ended with ${code}`)));
  const send: Client["send"] = (frame) => {
    const isRaw = typeof frame === "string" || Buffer.isBuffer(frame);
    sendInFrames(socket, isRaw ? frame : JSON.stringify(frame));
  };

  const client: Client = {
    user,
    frames: all,
    received: (type) => all.filter((frame) => isOf(type, frame)),
    send,
    async request(type, fields) {
      const { id, frame } = request(fields);
      send(frame);
      const isAnswer = (answer: ServerFrame): answer is ServerFrame => idOf(answer) === id;
      const answer = await next(`the answer to ${JSON.stringify(frame).slice(0, 200)}`, isAnswer);
      if (isOf(type, answer)) return answer;
      throw new Error(`${user} expected ${type}, got ${JSON.stringify(answer).slice(0, 500)}`);
    },
    next: <T extends FrameType>(type: T, fits: (frame: ServerFrame<T>) => boolean = () => true) =>
      next(
        `${type} for ${user}`,
        (frame): frame is ServerFrame<T> => isOf(type, frame) && fits(frame),
      ),
    settled: async () => void (await client.request("pong", { action: "ping" })),
    closed,
    close: () => {
      socket.close();
      return closed;
    },
    terminate: () => socket.terminate(),
    async [Symbol.asyncDispose]() {
      await client.close();
      if (wrong) throw wrong;
      if (unanswered.size > 0) throw new Error(`no answer to ${[...unanswered.keys()]} of ${user}`);
    },
  };
  return client;
}

/**
 * In WebSocket frames of 32 KiB: API Gateway takes no larger ones, but messages of several. So what
 * is too large for the service reaches it, and is answered.
 */
function sendInFrames(socket: WebSocket, message: string | Buffer): void {
  const bytes = Buffer.from(message);
  const binary = typeof message !== "string";
  let at = 0;
  do {
    const frame = bytes.subarray(at, at + limits.frameBytes);
    at += limits.frameBytes;
    socket.send(frame, { binary, fin: at >= bytes.length });
  } while (at < bytes.length);
}

/** What the gateway says when a function failed, as one does that could not post its answer. */
const gatewaysError = /^(?!.*"type":).*"message": ?"Internal server error"/;

/**
 * Numbers requests, and sees to it that each is answered once. Only on a machine so slow that a
 * gateway did not confirm a post in time may the very same answer come again: docs/protocol.md says
 * so.
 */
function requestsOf(user: string) {
  const unanswered = new Set<string>();
  const askedAtMs = new Map<string, number>();
  const answers = new Set<string>();
  let count = 0;
  let excused = 0;
  return {
    unanswered,
    /** Whether another post may have taken so long that its function gave up on it. */
    isLate() {
      const longAgoMs = performance.now() - limits.postTimeoutMs;
      const old = [...askedAtMs.values()].filter((atMs) => atMs <= longAgoMs);
      excused += 1;
      return excused <= old.length;
    },
    request(fields: Request) {
      count += 1;
      const id = `r${count}`;
      unanswered.add(id);
      askedAtMs.set(id, performance.now());
      return { id, frame: { ...fields, id } };
    },
    answered(frame: ServerFrame): "repeated" | undefined {
      const id = idOf(frame);
      if (id === undefined || !/^r\d+$/.test(id)) return;
      const answer = JSON.stringify(frame);
      const waitedMs = performance.now() - (askedAtMs.get(id) ?? 0);
      if (answers.has(answer) && waitedMs >= limits.postTimeoutMs) return "repeated";
      answers.add(answer);
      if (!unanswered.delete(id)) {
        throw new Error(`${user} got a second answer: ${JSON.stringify(frame).slice(0, 500)}`);
      }
      return undefined;
    },
  };
}

const idOf = (frame: ServerFrame) => ("id" in frame ? frame.id : undefined);

function isOf<T extends FrameType>(type: T, frame: ServerFrame): frame is ServerFrame<T> {
  return frame.type === type;
}
