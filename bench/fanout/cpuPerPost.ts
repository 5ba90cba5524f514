/**
 * The CPU that one post takes the process that makes it, beside the SDK's client: each contender in
 * a process of its own, in turns, all against one stand-in.
 */
import type { Outcome, Row } from "../outcome.ts";
import { median, type Sample } from "../sample.ts";
import { type Contender, contenderTitles } from "./contenders.ts";
import { postingEnvironment, type StandIn } from "./standIn.ts";
import { type OwnProcess, ownProcess } from "./tasks.ts";

export interface Posting {
  contender: Contender;
  url: string;
  inFlight: number;
  posts: number;
  /** All of it counts, also the sockets that must be opened. */
  isCold?: true;
}

export interface Posted {
  cpuMicroseconds: number;
  elapsedMs: number;
}

const levels = [64, 256];
/** Of the stock SDK client's CPU. */
const shareMost = 0.2;
/** About as long for each, and many times what is in flight: the SDK is the slower. */
const postsInTurn: Record<Contender, number> = {
  ours: 15_000,
  sdk: 3_000,
  sdkTuned: 3_000,
  undici: 15_000,
};
/** After a turn of each to check signatures: by then the compiler has seen to everything. */
const warmUpRounds = 1;

/** `share`: of the posts that a turn has. */
export interface Extent {
  rounds: number;
  share: number;
}

export const run = (standIn: StandIn, isQuick: boolean): Promise<Outcome> =>
  measure(standIn, isQuick ? { rounds: 3, share: 0.35 } : { rounds: 9, share: 1 });

export async function measure(standIn: StandIn, { rounds, share }: Extent): Promise<Outcome> {
  const names = Object.keys(contenderTitles) as Contender[];
  const processes = new Map<Contender, OwnProcess<Posting, Posted>>();
  try {
    for (const name of names) processes.set(name, await postingProcess());
    const turn = async (contender: Contender, inFlight: number) => {
      const posts = Math.ceil(postsInTurn[contender] * share);
      const posting = { contender, url: standIn.url, inFlight, posts };
      const posted = await processes.get(contender)?.run(posting);
      if (posted === undefined) throw new Error(`nobody posts for ${contender}`);
      return { cpu: posted.cpuMicroseconds / posts, perSecond: (1_000 * posts) / posted.elapsedMs };
    };
    await checkSignatures(standIn, (contender) => turn(contender, levels[0] ?? 1));
    await standIn.behave();
    const samples: Samples = new Map();
    for (let round = -warmUpRounds; round < rounds; round += 1) {
      for (const inFlight of levels) {
        for (const name of names) {
          const { cpu, perSecond } = await turn(name, inFlight);
          if (round < 0) continue;
          const sample = sampleOf(samples, name, inFlight);
          sample.cpu.push(cpu);
          sample.perSecond.push(perSecond);
        }
      }
    }
    return outcome(samples);
  } finally {
    await Promise.all([...processes.values()].map((child) => child.end()));
  }
}

export const postingProcess = () =>
  ownProcess<Posting, Posted>(new URL("postingProcess.ts", import.meta.url), postingEnvironment);

/** Every post of a turn, of every contender: a refused one fails the bench. It warms up, too. */
async function checkSignatures(
  standIn: StandIn,
  turn: (contender: Contender) => Promise<unknown>,
): Promise<void> {
  for (const name of Object.keys(contenderTitles) as Contender[]) {
    await standIn.behave({ checkedOneIn: 1 });
    await turn(name);
    const { posts, signaturesChecked, answers } = await standIn.counts();
    if (signaturesChecked !== posts || answers["200"] !== posts) {
      throw new Error(`of ${posts} posts ${answers["200"] ?? 0} were accepted`);
    }
  }
}

type Samples = Map<string, { name: Contender; inFlight: number; cpu: Sample; perSecond: Sample }>;

function sampleOf(samples: Samples, name: Contender, inFlight: number) {
  const key = `${name} ${inFlight}`;
  const found = samples.get(key) ?? { name, inFlight, cpu: [], perSecond: [] };
  samples.set(key, found);
  return found;
}

function outcome(samples: Samples): Outcome {
  const cpuOf = (name: Contender, inFlight: number) =>
    median(sampleOf(samples, name, inFlight).cpu);
  const rows = [...samples.values()].map(
    ({ name, inFlight, cpu, perSecond }): Row => ({
      "in flight": inFlight,
      "posted by": contenderTitles[name],
      "CPU, µs a post": median(cpu),
      least: Math.min(...cpu),
      most: Math.max(...cpu),
      "÷ the SDK's": median(cpu) / cpuOf("sdk", inFlight),
      "posts/s": median(perSecond),
    }),
  );
  const names = Object.keys(contenderTitles) as Contender[];
  return {
    tables: [{ title: "The CPU of one post", rows }],
    bars: levels.map((inFlight) => ({
      promise: `our CPU of a post, as a share of the stock SDK client's, ${inFlight} in flight`,
      measured: cpuOf("ours", inFlight) / cpuOf("sdk", inFlight),
      most: shareMost,
    })),
    notes: [
      "Over plain HTTP to a process on the same machine: TLS would add the same to all. Tuned: " +
        "kept-alive sockets, as many as are in flight, cached middleware, no retries.",
    ],
    figures: {
      cpuMicrosecondsPerPost: Object.fromEntries(
        levels.map((inFlight) => [
          inFlight,
          Object.fromEntries(names.map((name) => [name, cpuOf(name, inFlight)])),
        ]),
      ),
    },
  };
}
