/**
 * Events of logs out of the Rooms table's stream. For one function the stream is filtered by
 * `delivery`: it brings the events that the function has to deliver. For another it is filtered by
 * `announce`, by `thread` and by partition: it brings messages that were changed, replies and
 * reactions. A record that cannot be read will not be any better the next time: it is reported, and
 * holds nobody up. Its event is in the log.
 */
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import type { Report } from "../../ports.ts";
import type { LogEvent } from "../../protocol/serverFrames.ts";
import { eventFrom, eventKey, type Item, reactedTo } from "./items.ts";

export interface Appended {
  room: string;
  event: LogEvent;
  /** When the item was written, to the second. */
  writtenAtMs?: number;
  /** Its name in the stream. */
  sequenceNumber: string;
}

/** A message that was changed, or that somebody reacted to. */
export interface Changed extends Omit<Appended, "event"> {
  event: Pick<LogEvent, "seq">;
  /** Up to which revision its reactions are counted again. */
  recountedUpTo: number;
}

/** What a batch of the stream brings, in its order. */
export function appendedIn(batch: DynamoDBStreamEvent, report: Report): Appended[] {
  return readable(batch, report, appendedFrom);
}

/** What a batch of the stream brings of changes, in its order. */
export function changedIn(batch: DynamoDBStreamEvent, report: Report): Changed[] {
  return readable(batch, report, changedFrom);
}

function readable<T>(
  { Records }: DynamoDBStreamEvent,
  report: Report,
  read: (record: DynamoDBRecord) => T,
): T[] {
  return Records.flatMap((record) => {
    try {
      return [read(record)];
    } catch (error) {
      report("stream record unreadable", { eventId: record.eventID, error });
      return [];
    }
  });
}

/** Asks for the records of rooms that failed again: Lambda goes back to the first of them. */
export function repeatRooms(
  appended: readonly Pick<Appended, "room" | "sequenceNumber">[],
  failed: ReadonlySet<string>,
): DynamoDBBatchResponse {
  return {
    batchItemFailures: appended
      .filter(({ room }) => failed.has(room))
      .map(({ sequenceNumber: itemIdentifier }) => ({ itemIdentifier })),
  };
}

/**
 * A count that was stored is counted again, because the reactions may have changed beside it;
 * unless a later one was stored, which the stream brings as well.
 */
function changedFrom(record: DynamoDBRecord): Changed {
  const { Keys, NewImage } = record.dynamodb ?? {};
  const reacted = reactedTo(Keys?.["pk"]?.S ?? "");
  if (reacted === undefined) {
    const { N: recountedUpTo = 0 } = NewImage?.["reactionsRev"] ?? {};
    return { ...appendedFrom(record), recountedUpTo: Number(recountedUpTo) };
  }
  const { room, seq } = reacted;
  return { room, event: { seq }, recountedUpTo: Infinity, ...placeOf(record) };
}

function placeOf({ dynamodb }: DynamoDBRecord): Pick<Changed, "writtenAtMs" | "sequenceNumber"> {
  const { ApproximateCreationDateTime: writtenAt, SequenceNumber = "" } = dynamodb ?? {};
  return {
    ...(writtenAt !== undefined && { writtenAtMs: writtenAt * 1_000 }),
    sequenceNumber: SequenceNumber,
  };
}

function appendedFrom(record: DynamoDBRecord): Appended {
  const { dynamodb } = record;
  const image = (dynamodb?.NewImage ?? {}) as Item;
  const partition = image["pk"]?.S ?? "";
  const prefix = eventKey("", 0).pk;
  if (!partition.startsWith(prefix)) throw new TypeError("the item is no event");
  return {
    ...placeOf(record),
    room: partition.slice(prefix.length),
    event: eventFrom(image),
  };
}
