/**
 * A record in the form in which Lambda hands it to functions: what the SDK returns, back in the
 * form of the wire, plus the stream that it comes from. Times are seconds there, and bytes are
 * base64.
 */
import type { _Record } from "@aws-sdk/client-dynamodb-streams";

export interface StreamRecord {
  eventID: string;
  eventName: string;
  eventVersion: string;
  eventSource: string;
  awsRegion: string;
  dynamodb: {
    ApproximateCreationDateTime: number;
    Keys: Record<string, unknown>;
    NewImage?: Record<string, unknown>;
    OldImage?: Record<string, unknown>;
    SequenceNumber: string;
    SizeBytes: number;
    StreamViewType: string;
  };
  eventSourceARN: string;
}

export function streamRecord(record: _Record, streamArn: string): StreamRecord {
  const { ApproximateCreationDateTime: createdAt, ...change } = record.dynamodb ?? {};
  const { userIdentity: _, ...about } = record;
  const whole = {
    ...about,
    dynamodb: { ApproximateCreationDateTime: Number(createdAt ?? 0) / 1000, ...change },
    eventSourceARN: streamArn,
  };
  return inWireForm(whole) as StreamRecord;
}

function inWireForm(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(inWireForm);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.map(([name, each]) => [name, inWireForm(each)]));
}
