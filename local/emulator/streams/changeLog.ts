/**
 * The records of one stream, in memory and bounded: the oldest go when there are too many, or they
 * are too large or too old. A record's place in the log is its sequence number. Numbers start at
 * the current time, so that a restarted process gives higher ones.
 */

/** As GetRecords returns it. */
export interface ChangeRecord {
  eventID: string;
  eventName: "INSERT" | "MODIFY" | "REMOVE";
  eventVersion: string;
  eventSource: string;
  awsRegion: string;
  dynamodb: { SequenceNumber: string; SizeBytes: number } & Record<string, unknown>;
}

export interface ChangeLog {
  /** The places of the oldest record and of the next one. */
  readonly first: number;
  readonly next: number;
  append(recordAt: (place: number) => ChangeRecord): void;
  /** @throws RangeError when the record at `place` is gone */
  read(place: number, count: number): ChangeRecord[];
  /** Resolves when there is a record at `place`, or on abort. */
  until(place: number, signal: AbortSignal): Promise<void>;
}

interface ChangeLogLimits {
  records: number;
  bytes: number;
  ageMs: number;
}

/** On AWS records stay for 24 hours, and there is no limit on their number. */
const defaultLimits: ChangeLogLimits = {
  records: 20_000,
  bytes: 32 * 1024 * 1024,
  ageMs: 24 * 3_600_000,
};

/** Of a place. AWS's have 21 digits at least. */
export const sequenceNumber = (place: number): string => String(place).padStart(21, "0");

export function changeLog(limits: ChangeLogLimits = defaultLimits): ChangeLog {
  // The first `trimmed` of them are gone: taking one at a time off a long array would be slow.
  let entries: ({ record: ChangeRecord; atMs: number } | undefined)[] = [];
  let trimmed = 0;
  let bytes = 0;
  let origin = Date.now() * 1000;
  const waiting = new Set<() => void>();
  const count = () => entries.length - trimmed;

  function trim(nowMs: number): void {
    for (let oldest = entries[trimmed]; oldest; oldest = entries[trimmed]) {
      const isTooOld = nowMs - oldest.atMs > limits.ageMs;
      if (count() <= limits.records && bytes <= limits.bytes && !isTooOld) break;
      bytes -= oldest.record.dynamodb.SizeBytes;
      entries[trimmed] = undefined;
      trimmed += 1;
    }
    if (trimmed <= entries.length / 2) return;
    origin += trimmed;
    entries = entries.slice(trimmed);
    trimmed = 0;
  }

  return {
    get first() {
      return origin + trimmed;
    },
    get next() {
      return origin + entries.length;
    },
    append(recordAt) {
      const atMs = Date.now();
      const record = recordAt(origin + entries.length);
      entries.push({ record, atMs });
      bytes += record.dynamodb.SizeBytes;
      trim(atMs);
      for (const wake of waiting) wake();
    },
    read(place, wanted) {
      trim(Date.now());
      const start = place - origin;
      if (start < trimmed) throw new RangeError(`the record at ${place} is gone`);
      return entries.slice(start, start + wanted).flatMap((entry) => entry?.record ?? []);
    },
    until(place, signal) {
      return new Promise((resolve) => {
        const check = () => {
          if (place >= origin + entries.length && !signal.aborted) return;
          waiting.delete(check);
          signal.removeEventListener("abort", check);
          resolve();
        };
        waiting.add(check);
        signal.addEventListener("abort", check);
        check();
      });
    },
  };
}
