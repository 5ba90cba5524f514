/**
 * Everything that the service says of its own health: metrics, and lines in the log. Alarms, the
 * dashboard, saved queries and the tables of docs/operations.md are made from here and from
 * `alarms.ts`. Functions hold only the names: they import nothing of this but types.
 *
 * A metric whose name ends in `Ms` is in milliseconds, and keeps each value. Any other metric is a
 * count, and an invocation writes its sum. Each line is also a metric of the same name, which
 * counts how often it was written. No metric has a user or a room as its dimension.
 */
import type { RefusalReason } from "../identity/tokenRefusal.ts";
import type { ErrorCode } from "../protocol/codes.ts";

export const metrics = {
  accepted: "Messages stored. One that is sent again is counted once",
  appendAttempts: "Positions tried for messages: over `accepted` where many write in one room",
  ackMs: "From when the gateway took the frame until its ack was posted, cold starts included",
  deliveryMs: "From when an event was stored until everybody who hears its room was posted to",
  fanOutLagMs: "How old an event of a large room is when `fanOut` begins to deliver it",
  announcementLagMs: "How old a change is when `announce` looks whether it was announced",
  delivered: "Recipients that were posted everything",
  gone: "Recipients that were found gone, and are forgotten",
  unready: "Recipients whose handshake was not over",
  skipped: "Recipients that may be there, and were not posted everything",
  left: "Recipients that there was no time for",
  throttled: "Posts that a gateway answered with 429. Most of them are tried again",
  connected: "Connections that were opened",
  handshakesRefused: "Handshakes refused for their token, or for the lack of one",
} as const;

export type Level = "error" | "info";

export const lines = {
  "request failed": {
    level: "error",
    means: "A request was answered with `internal` or `unavailable`; the line has the cause",
  },
  "sync of a room failed": { level: "error", means: "As above, of one room of a `sync`" },
  "focus of a room failed": { level: "error", means: "As above, of one room of a `focus`" },
  "publish incomplete": {
    level: "error",
    means: "An event is stored, and who hears the room could not be read, or forgotten",
  },
  "recipients skipped": {
    level: "error",
    means: "A delivery did not reach everybody; by gateway. They sync",
  },
  "posts refused": { level: "error", means: "A gateway says that we may not post, or too much" },
  "gateway not listed": {
    level: "error",
    means: "A connection names a gateway that this deployment does not know",
  },
  "fan-out failed": { level: "error", means: "Large rooms were not delivered to; Lambda repeats" },
  "shards failed once": { level: "error", means: "Shards of a large room had to be repeated" },
  "changes not announced": { level: "error", means: "Changed messages were not; Lambda repeats" },
  "room not swept": {
    level: "error",
    means: "What is past its time in a room is not deleted; the next day's walk tries again",
  },
  "stream record unreadable": { level: "error", means: "A record of the stream was passed over" },
  "no gateway has room": { level: "error", means: "`GET /gateway` had to turn a user away" },
  "surplus connections not forgotten": {
    level: "error",
    means: "A user's oldest connections could not be closed; the next handshake tries again",
  },
  "spending not counted": {
    level: "error",
    means: "A budget was counted by one function instance alone, as the table did not answer",
  },
  "token refused": { level: "info", means: "A caller was not let in; by door and reason" },
  measured: { level: "info", means: "An invocation's metrics, in CloudWatch's format" },
} as const satisfies Record<string, { level: Level; means: string }>;

export type LineName = keyof typeof lines;

/** Names that are one for each code or reason: `refused: rate_limited`. */
export type MetricName =
  | keyof typeof metrics
  | `refused: ${ErrorCode}`
  | `token refused: ${RefusalReason}`;

/** Every metric of ours: those above, and each line's. */
export type Measured = MetricName | LineName;

export const namespace = "Parley";
/** The one dimension of our metrics: service and stage, as `parley-prod`. */
export const dimension = "service";
