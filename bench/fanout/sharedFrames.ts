/**
 * How many frames a recipient of a large room gets: with one for each message, as whoever posts to
 * everybody at once does, and with frames that are shared by the messages which arrive while a
 * fan-out is busy, as the stream's batches make it.
 */
import { limits } from "../../lib/protocol/limits.ts";
import type { Outcome, Row } from "../outcome.ts";
import { postingEnvironment, type StandIn } from "./standIn.ts";
import { ownProcess } from "./tasks.ts";

export interface Talk {
  url: string;
  connections: number;
  messages: number;
  perSecond: number;
  /** Messages that one fan-out takes, at most. */
  batchMax: number;
}

export interface Talked {
  /** From the first message until everybody had the last one. */
  elapsedMs: number;
  cpuMicroseconds: number;
}

const connections = 1_000;
const rates = [1, 10, 100];
/** As many records as the stream's batches have at most (serverless.yml). */
const batchMax = 100;
const messagesLeast = 2;

const ways = [
  { title: "each has a frame of its own", batchMax: 1 },
  { title: "those that wait share frames", batchMax },
] as const;
const entry = new URL("sharedFramesProcess.ts", import.meta.url);

export async function run(standIn: StandIn, isQuick: boolean): Promise<Outcome> {
  const seconds = isQuick ? 0.3 : 3;
  const rows: Row[] = [];
  for (const perSecond of rates) {
    const messages = Math.max(messagesLeast, Math.round(perSecond * seconds));
    for (const { title, batchMax } of ways) {
      const talk = { connections, messages, perSecond, batchMax };
      const { frames, elapsedMs, cpuMicroseconds } = await talkIn(standIn, talk);
      const framesPerSecond = (frames / connections / messages) * perSecond;
      rows.push({
        "messages/s": perSecond,
        "of these": title,
        "frames/s of a recipient": framesPerSecond,
        "CPU, ms a message": cpuMicroseconds / 1_000 / messages,
        "ms behind at the end": elapsedMs - ((messages - 1) * 1_000) / perSecond,
      });
    }
  }
  return {
    tables: [{ title: `A room of ${connections} connections that talks`, rows }],
    bars: [],
    notes: [
      `One process for all ${connections} connections. What a recipient is sent is what API ` +
        `Gateway meters, by frames of ${limits.frameBytes / 1_024} KB.`,
    ],
  };
}

/** @throws Error when somebody did not get every message once, in order */
export async function talkIn(
  standIn: StandIn,
  talk: Omit<Talk, "url">,
  by: URL = entry,
): Promise<Talked & { frames: number }> {
  const child = await ownProcess<Talk, Talked>(by, postingEnvironment);
  try {
    const { url } = standIn;
    await standIn.behave();
    await child.run({ ...talk, url, messages: 1 }); // warms it, and opens its sockets
    await standIn.behave({ watchesOrder: true });
    const talked = await child.run({ ...talk, url });
    const { posts, answers, events, outOfOrder } = await standIn.counts();
    // As many as there should be, and none twice: so everybody has all of them.
    const isWhole = events === talk.connections * talk.messages && outOfOrder === 0;
    if (!isWhole || answers["200"] !== posts) {
      throw new Error(`not as it was: ${JSON.stringify({ talk, answers, events, outOfOrder })}`);
    }
    return { ...talked, frames: posts };
  } finally {
    await child.end();
  }
}
