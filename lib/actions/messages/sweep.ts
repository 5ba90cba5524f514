/**
 * Delete what is past its time, in every log that there is. Readers are given none of it since that
 * moment (retained.ts); this only empties the table.
 *
 * A walk through all logs begins once a day. A run that is out of time notes where it was, and the
 * next one goes on there. Of each log (1) the room's item says where it begins from now on, (2)
 * what hangs on the events goes, (3) the events go. Killed anywhere, the next walk finds the same
 * events and does all of it again; and readers, who stop at what is past its time, notice nothing.
 *
 * The newest event is never removed: the next one takes its position from it, so no position is
 * given twice. A message leaves its place there, and goes when it is the newest no more.
 */
import { mapInFlight } from "../../concurrency.ts";
import type { Mentions, MessageLog, Ports } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import type { LogEvent, MessageEvent } from "../../protocol/serverFrames.ts";
import type { Expiry } from "../../retentionPorts.ts";
import { keptMs, type Retention } from "./retained.ts";

export interface SweepPorts extends Retention, Pick<Ports, "report"> {
  expiry: Expiry;
  log: Pick<MessageLog, "tail" | "list">;
  mentions: Pick<Mentions, "remove">;
}

/** A walk begins once a day: for so long at most what is past its time is stored. */
const sweepEveryMs = 24 * 60 * 60_000;

/** Before its own end a run begins nothing more: longer than its last events take. */
export const sweepMarginMs = 60_000;

/** Events removed together: a batch writes 25 (AWS), and four batches are on their way. */
export const sweptTogether = 100;

/** Rooms that are looked at together. */
const roomsInFlight = 8;

/** Go on with the walk, or begin one if it is time, until its end or the deadline. */
export async function sweep(deadlineMs: number, ports: SweepPorts): Promise<void> {
  const { expiry, clock } = ports;
  const nowMs = clock.nowMs();
  const known = await expiry.findWalk();
  const isOver = known?.place === undefined;
  if (known && isOver && nowMs - known.beganAtMs < sweepEveryMs) return;
  const beganAtMs = known && !isOver ? known.beganAtMs : nowMs;
  let place: string | undefined = known?.place ?? "";
  do {
    const found = await nextLogs(place, nowMs, deadlineMs, ports);
    const ended = await mapInFlight(found.rooms, roomsInFlight, (room) =>
      sweepOne(room, nowMs, deadlineMs, ports),
    );
    if (ended.includes(false)) break; // these logs again
    place = found.place;
  } while (place !== undefined && clock.nowMs() < deadlineMs);
  await expiry.putWalk({ beganAtMs, ...(place !== undefined && { place }) });
}

/**
 * Rooms behind a place whose oldest event may be past its time, and where the walk goes on. A page
 * of long logs has few rooms, so it reads pages until it has as many rooms as are swept at once.
 */
async function nextLogs(
  place: string,
  nowMs: number,
  deadlineMs: number,
  { expiry, clock }: SweepPorts,
): Promise<{ rooms: string[]; place: string | undefined }> {
  const isOld = ({ oldestMs }: { oldestMs: number }) => oldestMs <= nowMs - limits.retentionMsLeast;
  const rooms: string[] = [];
  let next: string | undefined = place;
  do {
    const page: Awaited<ReturnType<Expiry["listLogs"]>> = await expiry.listLogs(next);
    rooms.push(...page.logs.filter(isOld).map(({ room }) => room));
    next = page.place;
  } while (next !== undefined && rooms.length < roomsInFlight && clock.nowMs() < deadlineMs);
  return { rooms, place: next };
}

/** Whether it came to the end of what there is to do. One that fails waits for the next walk. */
async function sweepOne(
  room: string,
  nowMs: number,
  deadlineMs: number,
  ports: SweepPorts,
): Promise<boolean> {
  try {
    return await sweepRoom(room, nowMs, deadlineMs, ports);
  } catch (error) {
    ports.report("room not swept", { room, error });
    return true;
  }
}

async function sweepRoom(
  room: string,
  nowMs: number,
  deadlineMs: number,
  ports: SweepPorts,
): Promise<boolean> {
  const { expiry, log } = ports;
  const pastMs = nowMs - keptMs(await ports.rooms.find(room), ports.longestMs);
  if (pastMs === Number.NEGATIVE_INFINITY) return true;
  const [head] = (await log.tail(room, 1)).events;
  if (head === undefined) return true;
  const isPast = ({ sentAtMs }: LogEvent) => sentAtMs <= pastMs;
  const isKept = (event: LogEvent) => !isPast(event) || event.seq >= head.seq;
  for (let after = 0; ; ) {
    const range = { after, limit: sweptTogether, order: "oldest first" } as const;
    const found = await log.list(room, range);
    const end = found.findIndex(isKept);
    const past = end < 0 ? found : found.slice(0, end);
    const last = past.at(-1);
    if (last === undefined) break;
    await expiry.begin(room, { seq: last.seq + 1, n: last.n });
    await Promise.all(past.map((event) => forgetNotes(event, ports)));
    await expiry.remove(
      room,
      past.map(({ seq }) => seq),
    );
    if (ports.clock.nowMs() >= deadlineMs) return false;
    after = last.seq;
  }
  if (head.kind === "message" && !head.deleted && isPast(head)) {
    await forgetNotes(head, ports);
    await expiry.empty(room, head.seq, nowMs);
  }
  return true;
}

/**
 * Remove the mention notes of the users that a message names. A mention of everyone has notes that
 * nobody is shown any more; they expire.
 */
async function forgetNotes(event: LogEvent, { mentions }: SweepPorts): Promise<void> {
  const { tag, sentAtMs: atMs, mentions: users = [] } = event as MessageEvent;
  if (users.length > 0) await mentions.remove(users, [{ atMs, tag }]);
}
