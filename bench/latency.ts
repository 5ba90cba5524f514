/**
 * From a send to its ack and to its arrival at everybody in the room, through real
 * `serverless offline`, beside an echo on another copy of the same emulator. One frame at a time:
 * this is how long a message takes, not how many of them a machine can take. Rooms and echo take
 * turns, so that what else the machine does is the same for both, and their ratio means something.
 */
import { fileURLToPath } from "node:url";
import { conversations, echo, type Send, scene } from "./conversations.ts";
import { startEmulator } from "./emulator.ts";
import type { Outcome, Row } from "./outcome.ts";
import { median, percentile, type Sample } from "./sample.ts";
import { measureSteps, type Steps } from "./steps.ts";

/** Who hears each message besides its sender, and how many messages are timed. */
const sizes = [
  { recipients: 1, sends: 800 },
  { recipients: 10, sends: 400 },
  { recipients: 50, sends: 200 },
];
const quickShare = 0.1;
/**
 * So many, because an echo after a pause takes twice as long as one right after another: the fast
 * one is what we are held against.
 */
const sendsPerTurn = 20;
/**
 * Ahead of the first size: it takes a thousand sends until the compiler has seen to everything, and
 * the first hundreds take twice as long. Then, of each size, a share of what is timed.
 */
const warmUpSends = 1_000;
const warmUpShare = 0.2;
const stepRounds = 400;
const aim = 3;

export const about = "send to ack and to arrival, beside an echo on the same emulator";

export async function run(isQuick: boolean): Promise<Outcome> {
  const [service, echoService] = await Promise.all([
    startEmulator(fileURLToPath(new URL("..", import.meta.url))),
    startEmulator(fileURLToPath(new URL("echo", import.meta.url))),
  ]);
  try {
    const share = isQuick ? quickShare : 1;
    const sendEcho = await echo(echoService);
    await warmUp(await conversations(service, 1), sendEcho, share * warmUpSends);
    const compared: Compared[] = [];
    for (const { recipients, sends } of sizes) {
      const send = await conversations(service, recipients);
      await warmUp(send, sendEcho, share * sends * warmUpShare);
      compared.push(await compare(recipients, send, sendEcho, share * sends));
    }
    const send = await conversations(service, 1);
    const arrival = async () => Math.max(...(await send()).arrivalsMs);
    const steps = await measureSteps(await scene(service), share * stepRounds, arrival);
    return outcome(compared, steps);
  } finally {
    await Promise.all([service.stop(), echoService.stop()]);
  }
}

async function warmUp(send: Send, sendEcho: Send, sends: number): Promise<void> {
  for (let n = 0; n < sends; n += 1) {
    await send();
    await sendEcho();
  }
}

interface Compared {
  /** Medians: the arrival's over the echo's. */
  arrivalInEchoes: number;
  row: Row;
}

async function compare(
  recipients: number,
  send: Send,
  sendEcho: Send,
  sends: number,
): Promise<Compared> {
  const acks: Sample = [];
  const arrivals: Sample = [];
  const lasts: Sample = [];
  const echoes: Sample = [];
  for (let done = 0; done < sends; done += sendsPerTurn) {
    for (let n = 0; n < sendsPerTurn; n += 1) {
      const { ackMs, arrivalsMs } = await send();
      acks.push(ackMs);
      arrivals.push(...arrivalsMs);
      lasts.push(Math.max(...arrivalsMs));
    }
    for (let n = 0; n < sendsPerTurn; n += 1) echoes.push((await sendEcho()).ackMs);
  }
  const arrivalInEchoes = median(arrivals) / median(echoes);
  const row = {
    recipients,
    ...spread("echo", echoes),
    ...spread("ack", acks),
    ...spread("arrival", arrivals),
    ...spread("last arrival", lasts),
    "ack ÷ echo": median(acks) / median(echoes),
    "arrival ÷ echo": arrivalInEchoes,
  };
  return { arrivalInEchoes, row };
}

function spread(name: string, sample: Sample): Row {
  return { [`${name} p50`]: median(sample), [`${name} p99`]: percentile(sample, 0.99) };
}

function outcome(compared: readonly Compared[], steps: Steps): Outcome {
  const { arrivalMs, togetherMs } = steps;
  const percent = Math.round((100 * togetherMs) / arrivalMs);
  const promise = "arrival in a room of two, median, in echoes";
  return {
    tables: [
      { title: "One message at a time: milliseconds", rows: compared.map(({ row }) => row) },
      { title: "The requests of a send in a room of two, made without it", rows: steps.rows },
    ],
    bars: compared.slice(0, 1).map(({ arrivalInEchoes }) => {
      return { promise, measured: arrivalInEchoes, most: aim, isAim: true };
    }),
    notes: [
      "CPU is what a request takes on our side, in the SDK and in Node's HTTP. In a send's order " +
        "(reads at once, then the put beside the subscribers, then the ack beside the post) " +
        "these requests, made from outside and in turns with whole sends, take " +
        `${percent} % of the time from send to arrival. The rest is the round trip itself, ` +
        "parsing, deciding, and the emulator taking its own posts on the thread that makes them.",
    ],
  };
}
