/**
 * Joins to entries of a log what they say has changed, as it is now. An entry is not changed for
 * that: its event is read when somebody asks, so nobody is shown an older text than there is.
 *
 * Of several changes of one event only the last one carries it. A reader who may not see an event
 * gets none, and learns no more than that something changed.
 */
import type { MessageLog } from "../../ports.ts";
import { bytesOf } from "../../protocol/frameSize.ts";
import type { ChangedEvent, LogEvent, MessageEvent } from "../../protocol/serverFrames.ts";

/** Events read at once: of the largest ones, more than a frame holds. */
const readAtOnce = 10;

interface PresentOptions {
  /** The first position that the reader may see; none: all. */
  fromSeq?: number | undefined;
  /** May stop behind more than this many bytes of entries as JSON. */
  bytesMax?: number;
}

/** `events`, as far as there is space for them, each `changed` with what it is about. */
export async function withNow(
  log: Pick<MessageLog, "findAll">,
  room: string,
  events: readonly LogEvent[],
  { fromSeq = 1, bytesMax = Number.POSITIVE_INFINITY }: PresentOptions = {},
): Promise<LogEvent[]> {
  const last = new Map<number, LogEvent>();
  for (const event of events) if (event.kind === "changed") last.set(event.of, event);
  const carries = (event: LogEvent): event is ChangedEvent =>
    event.kind === "changed" && last.get(event.of) === event && event.of >= fromSeq;

  const joined: LogEvent[] = [];
  let bytes = 0;
  let now = new Map<number, LogEvent>();
  for (const [index, event] of events.entries()) {
    if (bytes > bytesMax) break;
    if (carries(event) && !now.has(event.of)) {
      const next = events.slice(index).filter(carries).slice(0, readAtOnce);
      const found = await log.findAll(
        room,
        next.map(({ of }) => of),
      );
      now = new Map(found.map((one) => [one.seq, one]));
    }
    const changed = carries(event) ? now.get(event.of) : undefined;
    const shown = changed?.kind === "message" ? { ...event, now: changed as MessageEvent } : event;
    joined.push(shown as LogEvent);
    bytes += bytesOf(shown);
  }
  return joined;
}
