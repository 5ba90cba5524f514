/**
 * From a send to its ack and to its arrival at everybody in the room, through real
 * `serverless offline`, beside the design that people copy and beside an echo, each on a copy of
 * its own of the same emulator, with a database of the same kind. One message every 100 ms, as
 * people talk: this is how long a message takes, not how many of them a machine can take. The three
 * take turns, in another order each round, because a message is quicker or slower behind some
 * others. Each ratio is of two messages of one round, so that what else the machine does is the
 * same for all. All are started several times: one start may be a tenth quicker than the next.
 */
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { conversations, echo, naiveConversation, type Send, scene } from "./conversations.ts";
import { type Emulator, ourFolder, startEmulator } from "./emulator.ts";
import type { Bar, Outcome, Row } from "./outcome.ts";
import { median, percentile, type Sample } from "./sample.ts";
import { measureSteps, type Steps } from "./steps.ts";

const starts = 4;
/**
 * The members of a room, its rounds in all starts together, and the most that an arrival may take
 * of a naive one.
 */
const rooms = [
  { members: 2, rounds: 200, most: 1.4 },
  { members: 20, rounds: 100, most: 0.9 },
  { members: 50, rounds: 100, most: 0.8 },
];
const quickShare = 0.1;
const everyMs = 100;
/**
 * Ahead of the first room, one right after another: it takes a thousand sends until the compiler
 * has seen to everything, and the first hundreds take twice as long. Then, in each room, a share.
 */
const warmUpRounds = 1_000;
const warmUpShare = 0.1;
const stepRounds = 400;
const aimInEchoes = 3;

export const about = "send to ack and to arrival, beside the naive design and an echo";

export async function run(isQuick: boolean): Promise<Outcome> {
  const share = (isQuick ? quickShare : 1) / starts;
  const taken = rooms.map((): Round[] => []);
  let steps: Steps | undefined;
  for (let start = 0; start < starts; start += 1) {
    const [service, echoService] = await Promise.all([
      startEmulator(ourFolder),
      startEmulator(fileURLToPath(new URL("echo", import.meta.url))),
    ]);
    try {
      const sendEcho = await echo(echoService);
      for (const [index, { members, rounds }] of rooms.entries()) {
        // The naive design has one room, so it is started anew for each.
        const naiveService = await startEmulator(fileURLToPath(new URL("naive", import.meta.url)));
        try {
          const contenders = await contendersOf(service, naiveService, sendEcho, members);
          const warmUp = (index === 0 ? 1 : warmUpShare) * (isQuick ? quickShare : 1);
          for (let n = 0; n < warmUp * warmUpRounds; n += 1) await roundOf(contenders, 0);
          for (let n = 0; n < share * rounds; n += 1) {
            taken[index]?.push(await roundOf(contenders, everyMs));
          }
        } finally {
          await naiveService.stop();
        }
      }
      steps ??= await stepsOf(service, share * starts * stepRounds);
    } finally {
      await Promise.all([service.stop(), echoService.stop()]);
    }
  }
  if (steps === undefined) throw new Error("nothing was started");
  return outcome(
    rooms.map(({ members, most }, index) => compare(members, taken[index] ?? [], most)),
    steps,
  );
}

async function stepsOf(service: Emulator, rounds: number): Promise<Steps> {
  const send = await conversations(service, 1);
  const arrival = async () => Math.max(...(await send()).arrivalsMs);
  return measureSteps(await scene(service), rounds, arrival);
}

type Contender = "ours" | "naive" | "echo";
type Contenders = Record<Contender, Send>;

async function contendersOf(
  service: Emulator,
  naiveService: Emulator,
  sendEcho: Send,
  members: number,
): Promise<Contenders> {
  return {
    ours: await conversations(service, members - 1),
    naive: await naiveConversation(naiveService, members - 1),
    echo: sendEcho,
  };
}

/** What one message took: of the arrivals, the middle one and the last. */
interface Taken {
  ackMs: number;
  arrivalMs: number;
  lastMs: number;
}
type Round = Record<Contender, Taken>;

/** One message of each, so many milliseconds apart. */
async function roundOf(contenders: Contenders, apartMs: number): Promise<Round> {
  const taken: Partial<Round> = {};
  for (const name of inAnyOrder(Object.keys(contenders) as Contender[])) {
    const due = delay(apartMs);
    const { ackMs, arrivalsMs } = await contenders[name]();
    const arrivals = arrivalsMs.length > 0 ? arrivalsMs : [ackMs];
    taken[name] = { ackMs, arrivalMs: median(arrivals), lastMs: Math.max(...arrivals) };
    if (apartMs > 0) await due;
  }
  return taken as Round;
}

function inAnyOrder<T>(all: readonly T[]): T[] {
  const keyed = all.map((each) => ({ each, key: Math.random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ each }) => each);
}

interface Compared {
  arrivalInEchoes: number;
  row: Row;
  bar: Bar;
}

function compare(members: number, taken: readonly Round[], most: number): Compared {
  const sample = (of: (round: Round) => number): Sample => taken.map(of);
  const ratio = (of: (round: Round) => number) => median(sample(of));

  const arrivalInNaive = ratio(({ ours, naive }) => ours.arrivalMs / naive.arrivalMs);
  const arrivalInEchoes = ratio((round) => round.ours.arrivalMs / round.echo.arrivalMs);
  const row = {
    members,
    ...spread(
      "echo",
      sample((round) => round.echo.arrivalMs),
    ),
    ...spread(
      "naive arrival",
      sample(({ naive }) => naive.arrivalMs),
    ),
    ...spread(
      "ack",
      sample(({ ours }) => ours.ackMs),
    ),
    ...spread(
      "arrival",
      sample(({ ours }) => ours.arrivalMs),
    ),
    "arrival ÷ naive": arrivalInNaive,
    "last ÷ naive last": ratio(({ ours, naive }) => ours.lastMs / naive.lastMs),
    "ack ÷ echo": ratio((round) => round.ours.ackMs / round.echo.ackMs),
    "arrival ÷ echo": arrivalInEchoes,
  };
  const promise = `arrival in a room of ${members}, in arrivals of the naive design`;
  return { arrivalInEchoes, row, bar: { promise, measured: arrivalInNaive, most } };
}

function spread(name: string, sample: Sample): Row {
  return { [`${name} p50`]: median(sample), [`${name} p90`]: percentile(sample, 0.9) };
}

function outcome(compared: readonly Compared[], steps: Steps): Outcome {
  const { arrivalMs, togetherMs } = steps;
  const percent = Math.round((100 * togetherMs) / arrivalMs);
  const promise = "arrival in a room of two, median, in echoes";
  return {
    tables: [
      { title: "One message every 100 ms: milliseconds", rows: compared.map(({ row }) => row) },
      { title: "The requests of a send in a room of two, made without it", rows: steps.rows },
    ],
    bars: [
      ...compared.map(({ bar }) => bar),
      ...compared.slice(0, 1).map(({ arrivalInEchoes: measured }) => {
        return { promise, measured, most: aimInEchoes, isAim: true as const };
      }),
    ],
    notes: [
      "Ours: the bundles that are deployed, with our poster, and the SDK kept lean in " +
        "front of the tables. Naive: a minified bundle with the SDK as it comes; one scan " +
        "of all connections, then a post to each at once, by clients that are made once; " +
        "posts that fail are forgiven. It stores nothing, checks nothing and answers " +
        "nothing. Each ratio is the median of the ratios of single rounds; an arrival is " +
        "that of the middle one of a message's recipients.",
      "CPU is what a request takes on our side, in the SDK and in Node's HTTP. In a send's order " +
        "(the member and then the subscribers beside the tail, the put, the ack beside the post) " +
        "these requests, made from outside and in turns with whole sends, take " +
        `${percent} % of the time from send to arrival. The rest is the round trip itself, ` +
        "parsing, deciding, and the emulator taking its own posts on the thread that makes them.",
    ],
  };
}
