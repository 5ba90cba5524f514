/**
 * Gives records of the stream to the function that gave them up. A letter in the queue says which
 * records these are, and does not hold them: they are read from the stream, which keeps them for a
 * day, and filtered as for the function. A letter goes from the queue when its function has taken
 * all of its records. Until then others do not see it, for as long as one run may need for it, so a
 * run that is killed leaves it to the next. A function may get records twice, which is harmless.
 */
import * as z from "zod/mini";

/** What was given up, and by whom: what Lambda writes to the queue, as far as it is used. */
const letter = z.object({
  requestContext: z.object({ functionArn: z.string(), condition: z.optional(z.string()) }),
  DDBStreamBatchInfo: z.object({
    shardId: z.string(),
    startSequenceNumber: z.string(),
    endSequenceNumber: z.string(),
    batchSize: z.int(),
    streamArn: z.string(),
  }),
});
type Letter = z.output<typeof letter>;
export type Batch = Letter["DDBStreamBatchInfo"];

/** A record as a function gets it. */
export interface GivenRecord {
  dynamodb?: { SequenceNumber?: string | undefined };
}

export interface Received {
  id: string;
  /** What removes it. */
  receipt: string;
  body: string;
}

export interface RedrivePorts {
  queue: {
    /** Some letters; none when there is none to be seen. Seen ones stay hidden for a while. */
    receive(isHidden: boolean): Promise<Received[]>;
    remove(receipt: string): Promise<void>;
    /** Let it be seen again at once. */
    release(receipt: string): Promise<void>;
  };
  /** The records of a batch; undefined when the stream no longer has all of them. */
  read(batch: Batch): Promise<GivenRecord[] | undefined>;
  /** Those that the function's mapping lets through. */
  filterOf(functionArn: string): Promise<(record: GivenRecord) => boolean>;
  /** How many of the records failed. */
  invoke(functionArn: string, records: readonly GivenRecord[]): Promise<number>;
}

interface Redriven {
  /** Letters whose records their function has taken. */
  redriven: number;
  /** Letters whose function failed again. They stay. */
  failed: number;
  /** Letters whose records the stream has forgotten. */
  expired: number;
  /** Letters that are no letter of Lambda's. They stay. */
  unreadable: number;
}

interface RedriveOptions {
  isDryRun?: boolean;
  /** Remove letters whose records are forgotten: nothing can be done with them any more. */
  discardsExpired?: boolean;
  /** Called with a line for each letter. */
  progress?(text: string): void;
}

export async function redrive(
  ports: RedrivePorts,
  { isDryRun = false, discardsExpired = false, progress = () => {} }: RedriveOptions = {},
): Promise<Redriven> {
  const done: Redriven = { redriven: 0, failed: 0, expired: 0, unreadable: 0 };
  const seen = new Set<string>();
  const kept: string[] = [];
  for (;;) {
    const received = (await ports.queue.receive(!isDryRun)).filter(({ id }) => !seen.has(id));
    if (received.length === 0) break;
    for (const { id, receipt, body } of received) {
      seen.add(id);
      const { outcome, text } = await redriveOne(ports, body, isDryRun);
      done[outcome] += 1;
      progress(`${id}: ${text}`);
      const isDone = outcome === "redriven" || (outcome === "expired" && discardsExpired);
      if (isDryRun) continue;
      if (isDone) await ports.queue.remove(receipt);
      else kept.push(receipt);
    }
  }
  for (const receipt of kept) await ports.queue.release(receipt);
  return done;
}

async function redriveOne(
  ports: RedrivePorts,
  body: string,
  isDryRun: boolean,
): Promise<{ outcome: keyof Redriven; text: string }> {
  const parsed = z.safeParse(letter, asJson(body));
  if (!parsed.success) return { outcome: "unreadable", text: "is no letter of Lambda's" };
  const { requestContext, DDBStreamBatchInfo: batch } = parsed.data;
  const { functionArn } = requestContext;
  const name = functionArn.split(":")[6] ?? functionArn;
  const records = await ports.read(batch);
  if (records === undefined) {
    return { outcome: "expired", text: `the stream has forgotten the records of ${name}` };
  }
  const wanted = records.filter(await ports.filterOf(functionArn));
  if (isDryRun) return { outcome: "redriven", text: `${wanted.length} records for ${name}` };
  const failed = wanted.length === 0 ? 0 : await ports.invoke(functionArn, wanted);
  if (failed === 0) return { outcome: "redriven", text: `${name} took ${wanted.length} records` };
  return { outcome: "failed", text: `${name} failed at ${failed} of ${wanted.length} records` };
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
