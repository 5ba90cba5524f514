/**
 * What the first posts cost a function that has been asleep: over TLS, and every socket that it
 * had is closed. The code is warm, the sockets are not. A handshake takes the CPU of dozens of
 * posts, so what counts is how many sockets somebody opens for as many posts.
 */
import type { Outcome, Row } from "../outcome.ts";
import { median, type Sample } from "../sample.ts";
import { type Contender, contenderTitles } from "./contenders.ts";
import { type Posted, type Posting, postingProcess } from "./cpuPerPost.ts";
import type { StandIn } from "./standIn.ts";
import type { OwnProcess } from "./tasks.ts";

/** A small room, and one that a single function still posts to. */
const levels = [16, 64, 250];
const rounds = 15;
const roundsQuick = 3;
const warmUpPosts = 1_500;

type Samples = Record<"cpu" | "elapsed" | "sockets", Sample>;

export async function run(standIn: StandIn, isQuick: boolean): Promise<Outcome> {
  const names = Object.keys(contenderTitles) as Contender[];
  const processes = new Map<Contender, OwnProcess<Posting, Posted>>();
  const samples = new Map<string, Samples>();
  const sampleOf = (name: Contender, posts: number): Samples => {
    const found = samples.get(`${name} ${posts}`) ?? { cpu: [], elapsed: [], sockets: [] };
    samples.set(`${name} ${posts}`, found);
    return found;
  };
  try {
    for (const contender of names) {
      const child = await postingProcess();
      processes.set(contender, child);
      const warmUp = { posts: isQuick ? warmUpPosts / 3 : warmUpPosts, inFlight: 64 };
      await child.run({ contender, url: standIn.tlsUrl, ...warmUp });
    }
    for (let round = 0; round < (isQuick ? roundsQuick : rounds); round += 1) {
      for (const posts of levels) {
        for (const contender of names) {
          await standIn.hangUp();
          await standIn.behave();
          const posting = { contender, url: standIn.tlsUrl, inFlight: 64, posts, isCold: true };
          const posted = await processes.get(contender)?.run(posting as Posting);
          const { sockets } = await standIn.counts();
          const sample = sampleOf(contender, posts);
          sample.cpu.push((posted?.cpuMicroseconds ?? 0) / posts);
          sample.elapsed.push(posted?.elapsedMs ?? 0);
          sample.sockets.push(sockets);
        }
      }
    }
  } finally {
    await Promise.all([...processes.values()].map((child) => child.end()));
  }
  return outcome(names, sampleOf);
}

function outcome(
  names: readonly Contender[],
  sampleOf: (name: Contender, posts: number) => Samples,
): Outcome {
  const cpuOf = (name: Contender, posts: number) => median(sampleOf(name, posts).cpu);
  const rows = levels.flatMap((posts) =>
    names.map((name): Row => {
      const { elapsed, sockets } = sampleOf(name, posts);
      return {
        posts,
        "posted by": contenderTitles[name],
        "CPU, µs a post": cpuOf(name, posts),
        "÷ the SDK's": cpuOf(name, posts) / cpuOf("sdk", posts),
        sockets: median(sockets),
        "ms for all": median(elapsed),
      };
    }),
  );
  return {
    tables: [{ title: "The first posts after a rest, over TLS, 64 at once", rows }],
    bars: [],
    notes: [],
    figures: {
      cpuMicrosecondsPerColdPost: Object.fromEntries(
        levels.map((posts) => [
          posts,
          Object.fromEntries(names.map((name) => [name, cpuOf(name, posts)])),
        ]),
      ),
    },
  };
}
