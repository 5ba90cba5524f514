/**
 * How fast one process reaches everybody in a room, and how much memory that takes it, from ten to
 * a million connections; the same with half of them gone, and with some that read too slowly. Each
 * size has a process of its own, since a peak cannot be taken back.
 */
import { limits } from "../../lib/protocol/limits.ts";
import type { Outcome, Row } from "../outcome.ts";
import { postingEnvironment, type StandIn } from "./standIn.ts";
import { ownProcess } from "./tasks.ts";

export interface Reaching {
  url: string;
  connections: number;
  /** One frame after the other, until so much time has gone by; one at least. */
  forMs: number;
}

/** All but `frames` and the measures: recipients, added up over the frames. */
export interface Reached {
  frames: number;
  delivered: number;
  gone: number;
  skipped: number;
  forgotten: number;
  elapsedMs: number;
  cpuMicroseconds: number;
  peakMb: number;
}

interface Circumstance {
  title: string;
  goneShare?: number;
  throttledShare?: number;
  sizes: readonly number[];
  sizesQuick: readonly number[];
}

const sizes = [10, 100, 1_000, 10_000, 100_000, 1_000_000];
const sizesQuick = sizes.slice(0, 5);
const usual: Circumstance = { title: "all there", sizes, sizesQuick };
const circumstances: Circumstance[] = [
  usual,
  { title: "50 % gone", goneShare: 0.5, sizes, sizesQuick: [1_000, 10_000] },
  {
    title: "5 % answer 429",
    throttledShare: 0.05,
    // Each of them is tried three times, with pauses.
    sizes: sizes.slice(0, 5),
    sizesQuick: [1_000],
  },
];
/** It dies on the way there. */
const naiveSizes = sizes.slice(0, 5);
const naiveSizesQuick = [10, 100, 1_000];
/** What ours may take: half of what its functions have. */
const megabytesMost = 256;
/** A heap as large as all that its functions have: what dies of it would have died before. */
const heapMbMost = 512;

const entryOf = (name: string) => new URL(`${name}.ts`, import.meta.url);
const ours = entryOf("roomProcess");
const naive = entryOf("naiveProcess");

interface Measured {
  who: "ours" | "naive";
  circumstance: Circumstance;
  size: number;
  reached: Reached | undefined;
}

export async function run(standIn: StandIn, isQuick: boolean): Promise<Outcome> {
  const forMs = isQuick ? 300 : 3_000;
  const measured: Measured[] = [];
  for (const circumstance of circumstances) {
    for (const size of isQuick ? circumstance.sizesQuick : circumstance.sizes) {
      const reached = await reach(standIn, ours, circumstance, size, forMs);
      measured.push({ who: "ours", circumstance, size, reached });
    }
  }
  for (const size of isQuick ? naiveSizesQuick : naiveSizes) {
    const reached = await reach(standIn, naive, usual, size, forMs).catch(() => undefined);
    measured.push({ who: "naive", circumstance: usual, size, reached });
  }
  return outcome(measured);
}

/** What one delivery forgets: each connection has two subscriptions, its user's and the room's. */
export const forgottenAtOnce = limits.subscriptionsForgotten / 2;

/** @throws Error when somebody was left out, or got a frame twice */
export async function reach(
  standIn: StandIn,
  entry: URL,
  { goneShare = 0, throttledShare = 0 }: Partial<Circumstance>,
  connections: number,
  forMs: number,
): Promise<Reached> {
  const child = await ownProcess<Reaching, Reached>(entry, postingEnvironment, heapMbMost);
  try {
    const { url } = standIn;
    // As warm as a function that has delivered before.
    await standIn.behave();
    await child.run({ url, connections: Math.min(connections, 100), forMs });
    await standIn.behave({ goneShare, throttledShare, watchesOrder: connections <= 100_000 });
    const reached = await child.run({ url, connections, forMs });
    const { answers, outOfOrder } = await standIn.counts();
    const { frames, delivered, gone, skipped, forgotten } = reached;
    const isWhole =
      delivered + gone + skipped === frames * connections &&
      delivered === (answers["200"] ?? 0) &&
      gone === (answers["410"] ?? 0) &&
      forgotten <= gone &&
      forgotten >= Math.min(gone, forgottenAtOnce) &&
      (skipped === 0 || throttledShare > 0) &&
      outOfOrder === 0;
    if (isWhole) return reached;
    throw new Error(
      `not as it was: ${JSON.stringify({ connections, reached, answers, outOfOrder })}`,
    );
  } finally {
    await child.end();
  }
}

function outcome(measured: readonly Measured[]): Outcome {
  const rows = measured.map(
    ({ who, circumstance, size, reached }): Row => ({
      connections: size,
      "posted by": who,
      circumstance: circumstance.title,
      "recipients/s": reached ? perSecond(reached, size * reached.frames) : "died",
      "deliveries/s": reached ? perSecond(reached, reached.delivered) : "",
      "CPU, µs each": reached ? reached.cpuMicroseconds / (size * reached.frames) : "",
      "peak MB": reached?.peakMb ?? "",
    }),
  );
  const peaks = measured.flatMap(({ who, reached }) =>
    who === "ours" && reached ? [reached.peakMb] : [],
  );
  return {
    tables: [{ title: "One process delivering to a room", rows }],
    bars: [
      {
        promise: "peak MB of the posting process, whatever the room's size and circumstances",
        measured: Math.max(...peaks),
        most: megabytesMost,
      },
    ],
    notes: [
      "One gateway, so 64 posts in flight. Subscriptions are generated as they are read: what " +
        "reading them from a table takes is not in it. Recipients are everybody in the room, " +
        "gone and slow ones too. Naive: all of the audience in one list, a post to each at " +
        "once, one SDK client.",
    ],
  };
}

const perSecond = ({ elapsedMs }: Reached, count: number) => (1_000 * count) / elapsedMs;
