/**
 * Events of logs out of the Rooms table's stream. It is filtered: by `delivery`, so that all it
 * brings is events that it is to deliver, put with it or handed over; or by `announce`, so that it
 * is messages that were changed. A record that cannot be
 * read will not be any better the next time: it is reported, and holds nobody up. Its event is in
 * the log.
 */
import type { DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import type { Report } from "../../ports.ts";
import type { LogEvent } from "../../protocol/serverFrames.ts";
import { eventFrom, eventKey, type Item } from "./items.ts";

export interface Appended {
  room: string;
  event: LogEvent;
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

function appendedFrom({ dynamodb }: DynamoDBRecord): Appended {
  const image = (dynamodb?.NewImage ?? {}) as Item;
  const partition = image["pk"]?.S ?? "";
  const prefix = eventKey("", 0).pk;
  if (!partition.startsWith(prefix)) throw new TypeError("the item is no event");
  return {
    room: partition.slice(prefix.length),
    event: eventFrom(image),
    sequenceNumber: dynamodb?.SequenceNumber ?? "",
  };
}
