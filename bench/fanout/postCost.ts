/**
 * The CPU that one post takes, beside the SDK's client: with open sockets, and as a first post of
 * a function that has been asleep, whose sockets are all closed. A TLS handshake takes the CPU of
 * dozens of posts, so the number of sockets decides there. Each contender posts from a process of
 * its own, in turns with the others, to one stand-in.
 */
import type { Outcome, Row } from "../outcome.ts";
import { median } from "../sample.ts";
import { type Contender, contenderTitles } from "./contenders.ts";
import { postingEnvironment, type StandIn } from "./standIn.ts";
import { type OwnProcess, ownProcess } from "./tasks.ts";

export interface Posting {
  contender: Contender;
  url: string;
  inFlight: number;
  posts: number;
  /** Opening sockets counts, too. */
  isCold?: true;
}

export interface Posted {
  cpuMicroseconds: number;
  elapsedMs: number;
}

const names = Object.keys(contenderTitles) as Contender[];
const inFlightLevels = [64, 256];
/** Of the stock SDK client's CPU. */
const shareMost = 0.2;
/** Turns of about the same length, each many times what is in flight. */
const postsInTurn: Record<Contender, number> = {
  ours: 15_000,
  sdk: 3_000,
  sdkTuned: 3_000,
  undici: 15_000,
};
/** A small room, and one that a single function still posts to. */
const coldLevels = [16, 64, 250];
const coldInFlight = 64;
const coldWarmUpPosts = 1_500;

/** `share`: of the posts that a turn has. */
interface Extent {
  rounds: number;
  share: number;
}

export const runWarm = (standIn: StandIn, isQuick: boolean): Promise<Outcome> =>
  measureWarm(standIn, isQuick ? { rounds: 3, share: 0.35 } : { rounds: 9, share: 1 });

export const runCold = (standIn: StandIn, isQuick: boolean): Promise<Outcome> =>
  measureCold(standIn, isQuick ? { rounds: 3, share: 1 / 3 } : { rounds: 15, share: 1 });

export async function measureWarm(
  standIn: StandIn,
  { rounds, share }: Extent,
): Promise<Outcome & { ours: number }> {
  return withContenders(async (post) => {
    const turn = async (contender: Contender, inFlight: number) => {
      const posts = Math.ceil(postsInTurn[contender] * share);
      const posted = await post({ contender, url: standIn.url, inFlight, posts });
      return { cpu: posted.cpuMicroseconds / posts, perSecond: (1_000 * posts) / posted.elapsedMs };
    };
    for (const name of names) await checkSignatures(standIn, () => turn(name, coldInFlight));
    await standIn.behave();
    // The first round warms up.
    const of = await inTurns(rounds, 1, inFlightLevels, turn);
    const cpuOf = (name: Contender, level: number) => median(of(name, level, "cpu"));
    const rows = inFlightLevels.flatMap((level) =>
      names.map(
        (name): Row => ({
          "in flight": level,
          "posted by": contenderTitles[name],
          "CPU, µs a post": cpuOf(name, level),
          least: Math.min(...of(name, level, "cpu")),
          most: Math.max(...of(name, level, "cpu")),
          "÷ the SDK's": cpuOf(name, level) / cpuOf("sdk", level),
          "posts/s": median(of(name, level, "perSecond")),
        }),
      ),
    );
    return {
      ours: cpuOf("ours", 64),
      tables: [{ title: "The CPU of one post", rows }],
      bars: inFlightLevels.map((level) => ({
        promise: `our CPU of a post, as a share of the stock SDK client's, ${level} in flight`,
        measured: cpuOf("ours", level) / cpuOf("sdk", level),
        most: shareMost,
      })),
      notes: [
        "Over plain HTTP to a process on the same machine: TLS would add the same to all. Tuned: " +
          "kept-alive sockets, as many as are in flight, cached middleware, no retries.",
      ],
    };
  });
}

function measureCold(standIn: StandIn, { rounds, share }: Extent): Promise<Outcome> {
  return withContenders(async (post) => {
    const posting = { url: standIn.tlsUrl, inFlight: coldInFlight };
    for (const contender of names) {
      await post({ ...posting, contender, posts: Math.ceil(coldWarmUpPosts * share) });
    }
    const of = await inTurns(rounds, 0, coldLevels, async (contender, posts) => {
      await standIn.hangUp();
      await standIn.behave();
      const posted = await post({ ...posting, contender, posts, isCold: true });
      const { sockets } = await standIn.counts();
      return { cpu: posted.cpuMicroseconds / posts, elapsed: posted.elapsedMs, sockets };
    });
    const cpuOf = (name: Contender, level: number) => median(of(name, level, "cpu"));
    const rows = coldLevels.flatMap((level) =>
      names.map(
        (name): Row => ({
          posts: level,
          "posted by": contenderTitles[name],
          "CPU, µs a post": cpuOf(name, level),
          "÷ the SDK's": cpuOf(name, level) / cpuOf("sdk", level),
          sockets: median(of(name, level, "sockets")),
          "ms for all": median(of(name, level, "elapsed")),
        }),
      ),
    );
    const title = "The first posts after a rest, over TLS, 64 at once";
    return { tables: [{ title, rows }], bars: [], notes: [] };
  });
}

async function withContenders<T>(
  work: (post: (posting: Posting) => Promise<Posted>) => Promise<T>,
): Promise<T> {
  const entry = new URL("postingProcess.ts", import.meta.url);
  const processes = {} as Record<Contender, OwnProcess<Posting, Posted>>;
  try {
    for (const name of names) processes[name] = await ownProcess(entry, postingEnvironment);
    return await work((posting) => processes[posting.contender].run(posting));
  } finally {
    await Promise.all(Object.values(processes).map((child) => child.end()));
  }
}

/** Every contender at every level in each round. Returns the sample of one figure. */
async function inTurns<Figure extends string>(
  rounds: number,
  warmUpRounds: number,
  levels: readonly number[],
  turn: (contender: Contender, level: number) => Promise<Record<Figure, number>>,
) {
  const taken: { name: Contender; level: number; figures: Record<Figure, number> }[] = [];
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    for (const level of levels) {
      for (const name of names) {
        const figures = await turn(name, level);
        if (round >= 0) taken.push({ name, level, figures });
      }
    }
  }
  return (name: Contender, level: number, figure: Figure): number[] =>
    taken
      .filter((each) => each.name === name && each.level === level)
      .map(({ figures }) => figures[figure]);
}

/** @throws Error when the stand-in refuses a signature */
async function checkSignatures(standIn: StandIn, turn: () => Promise<unknown>): Promise<void> {
  await standIn.behave({ checkedOneIn: 1 });
  await turn();
  const { posts, signaturesChecked, answers } = await standIn.counts();
  if (signaturesChecked !== posts || answers["200"] !== posts) {
    throw new Error(`of ${posts} posts ${answers["200"] ?? 0} were accepted`);
  }
}
