/**
 * Events of logs out of the Rooms table's stream. For one function the stream is filtered by
 * `delivery`: it brings the events that the function has to deliver. For another it is filtered by
 * `announce`: it brings messages that were changed. A record that cannot be read will not be any
 * better the next time: it is reported, and holds nobody up. Its event is in the log.
 */
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import type { Report } from "../../ports.ts";
import type { LogEvent } from "../../protocol/serverFrames.ts";
import { eventFrom, eventKey, type Item } from "./items.ts";

export interface Appended {
  room: string;
  event: LogEvent;
  /** When the item was written, to the second. */
  writtenAtMs?: number;
  /** Its name in the stream. */
  sequenceNumber: string;
}

/** What a batch of the stream brings, in its order. */
export function appendedIn({ Records }: DynamoDBStreamEvent, report: Report): Appended[] {
  return Records.flatMap((record) => {
    try {
      return [appendedFrom(record)];
    } catch (error) {
      report("stream record unreadable", { eventId: record.eventID, error });
      return [];
    }
  });
}

/** Asks for the records of rooms that failed again: Lambda goes back to the first of them. */
export function repeatRooms(
  appended: readonly Appended[],
  failed: ReadonlySet<string>,
): DynamoDBBatchResponse {
  return {
    batchItemFailures: appended
      .filter(({ room }) => failed.has(room))
      .map(({ sequenceNumber: itemIdentifier }) => ({ itemIdentifier })),
  };
}

function appendedFrom({ dynamodb }: DynamoDBRecord): Appended {
  const image = (dynamodb?.NewImage ?? {}) as Item;
  const partition = image["pk"]?.S ?? "";
  const prefix = eventKey("", 0).pk;
  if (!partition.startsWith(prefix)) throw new TypeError("the item is no event");
  const { ApproximateCreationDateTime: writtenAt } = dynamodb ?? {};
  return {
    ...(writtenAt !== undefined && { writtenAtMs: writtenAt * 1_000 }),
    room: partition.slice(prefix.length),
    event: eventFrom(image),
    sequenceNumber: dynamodb?.SequenceNumber ?? "",
  };
}
