/** What is wrong with a room's log, event by event: what promises 1 and 2 exclude. */
import { limits } from "../../lib/protocol/limits.ts";
import type { LogEvent } from "../../lib/protocol/serverFrames.ts";

/**
 * Given a room's events by position, from the first one on, returns what is wrong at each. Those
 * before `begins`, where the room's log begins, are being deleted: they are not looked at.
 */
export function logCheck(begins = { seq: 1, n: 0 }): (event: LogEvent) => string[] {
  let before: Pick<LogEvent, "seq" | "n" | "tag"> | undefined;
  // The service looks no further back for a message that is sent again.
  const recent: string[] = [];
  return (event) => {
    if (event.seq < begins.seq) return [];
    if (event.seq === begins.seq && event.prev !== undefined && begins.seq > 1) {
      before = { seq: begins.seq - 1, n: begins.n, tag: event.prev };
    }
    const faults = placeFaults(before, begins, event);
    const sent = `${event.from} ${event.cid}`;
    if (recent.includes(sent)) faults.push(`holds ${event.cid} of ${event.from} again`);
    recent.push(sent);
    if (recent.length > limits.sendAfterEvents) recent.shift();
    before = event;
    return faults.map((fault) => `position ${event.seq} ${fault}`);
  };
}

function placeFaults(
  before: Pick<LogEvent, "seq" | "n" | "tag"> | undefined,
  begins: { seq: number },
  { seq, n, prev, kind }: LogEvent,
): string[] {
  const expected = before ? before.seq + 1 : begins.seq;
  // Across a hole nothing else can be compared.
  if (seq !== expected) return [`comes after ${expected - 1}: ${seq - expected} are missing`];
  const faults: string[] = [];
  const messages = (before?.n ?? 0) + (kind === "message" ? 1 : 0);
  if (n !== messages) faults.push(`says n ${n} and is message number ${messages}`);
  if (prev !== before?.tag) {
    faults.push(`follows the event ${prev ?? "none"}, and ${before?.tag ?? "none"} is before it`);
  }
  return faults;
}
