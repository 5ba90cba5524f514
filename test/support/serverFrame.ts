/** What the protocol says of every frame that the service sends, over and above its fields. */
import { disconnectCodes, type ErrorCode } from "../../lib/protocol/codes.ts";
import { limits } from "../../lib/protocol/limits.ts";
import {
  type FrameType,
  type LogEvent,
  type ServerFrame,
  serverFrames,
} from "../../lib/protocol/serverFrames.ts";
import { pagesIn, refusedIn } from "./syncReply.ts";

/** @throws Error about what is wrong with the frame */
export function parseServerFrame(text: string, isBinary: boolean): ServerFrame {
  const wrong = (what: string) => new Error(`${what}: ${text.slice(0, 1_000)}`);
  if (isBinary) throw wrong("a binary frame");
  if (Buffer.byteLength(text) > limits.frameBytes) throw wrong("a frame over 32 KiB");
  const content = JSON.parse(text) as { type?: unknown };
  const type = String(content.type);
  if (!Object.hasOwn(serverFrames, type)) throw wrong("a frame of no known type");
  const parsed = serverFrames[type as FrameType].safeParse(content);
  if (!parsed.success) throw wrong(`not a ${type} frame, ${JSON.stringify(parsed.error.issues)}`);
  const frame: ServerFrame = parsed.data;

  if (frame.type === "error") assertRefusal(frame, wrong);
  if (frame.type === "disconnect") {
    const { reconnect, afterMs } = disconnectCodes[frame.code];
    if (frame.reconnect !== reconnect || frame.afterMs !== afterMs) throw wrong("other advice");
  }
  if (frame.type === "sync" || frame.type === "focused") {
    for (const { error } of refusedIn(frame)) assertRefusal(error, wrong);
  }
  if (pagesIn(frame).some(({ events }) => hasHole(events))) throw wrong("events with a hole");
  return frame;
}

const hasHole = (events: readonly LogEvent[]) =>
  events.some(({ seq }, i) => seq !== (events[0]?.seq ?? 0) + i);

/** Written down again, since whoever changes the service's own table changes what it promised. */
export const published: Record<ErrorCode, { status: number; retryable: boolean }> = {
  bad_request: { status: 400, retryable: false },
  unknown_action: { status: 400, retryable: false },
  too_large: { status: 413, retryable: false },
  unauthorized: { status: 401, retryable: false },
  not_member: { status: 403, retryable: false },
  forbidden: { status: 403, retryable: false },
  not_found: { status: 404, retryable: false },
  sync_first: { status: 400, retryable: false },
  log_reset: { status: 409, retryable: false },
  conflict: { status: 409, retryable: false },
  deleted: { status: 410, retryable: false },
  last_owner: { status: 409, retryable: false },
  banned: { status: 403, retryable: false },
  muted: { status: 403, retryable: false },
  closed: { status: 403, retryable: false },
  rate_limited: { status: 429, retryable: true },
  internal: { status: 500, retryable: true },
  unavailable: { status: 503, retryable: true },
};

export type Refusal = Pick<ServerFrame<"error">, "code" | "message" | "retryable" | "retryAfterMs">;

/** What an error says, over a socket or by HTTP. */
export function assertRefusal(refusal: Refusal, wrong: (what: string) => Error): void {
  const { code, message, retryable, retryAfterMs } = refusal;
  if (!/^unable to [^;]+; (?!unable to ).+$/.test(message))
    throw wrong("a message of another form");
  if (/\bat .*:\d+:\d+/.test(message)) throw wrong("a stack");
  if (retryable !== published[code].retryable) throw wrong("retryable does not follow from code");
  // Always with two of them, where it is known with the third, never with any else.
  const isKnown = retryAfterMs !== undefined;
  const isTimed = code === "rate_limited" || code === "muted";
  const isRight = code === "unavailable" || isTimed === isKnown;
  if (!isRight) throw wrong("retryAfterMs does not follow");
}
