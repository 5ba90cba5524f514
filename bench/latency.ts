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
  { recipients: 1, sends: 800, sendsQuick: 80 },
  { recipients: 10, sends: 400, sendsQuick: 40 },
  { recipients: 50, sends: 200, sendsQuick: 20 },
];
const sendsPerTurn = 20;
/** Until the handlers are compiled and the connections to the tables are open. */
const warmUpSends = 100;
const aim = 3;

export const about = "send to ack and to arrival, beside an echo on the same emulator";

export async function run(isQuick: boolean): Promise<Outcome> {
  const [service, echoService] = await Promise.all([
    startEmulator(fileURLToPath(new URL("..", import.meta.url))),
    startEmulator(fileURLToPath(new URL("echo", import.meta.url))),
  ]);
  try {
    const sendEcho = await echo(echoService);
    const compared: Compared[] = [];
    for (const { recipients, sends, sendsQuick } of sizes) {
      const send = await conversations(service, recipients);
      compared.push(await compare(recipients, send, sendEcho, isQuick ? sendsQuick : sends));
    }
    const [two] = compared;
    if (two === undefined) throw new Error("nothing was measured");
    const steps = await measureSteps(await scene(service), two.echoMs, isQuick ? 40 : 400);
    return outcome(compared, two, steps);
  } finally {
    await Promise.all([service.stop(), echoService.stop()]);
  }
}

/** Medians, and the row that shows them. */
interface Compared {
  echoMs: number;
  arrivalMs: number;
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
  for (let n = 0; n < Math.min(sends, warmUpSends); n += 1) {
    await send();
    await sendEcho();
  }
  for (let done = 0; done < sends; done += sendsPerTurn) {
    for (let n = 0; n < sendsPerTurn; n += 1) {
      const { ackMs, arrivalsMs } = await send();
      acks.push(ackMs);
      arrivals.push(...arrivalsMs);
      lasts.push(Math.max(...arrivalsMs));
    }
    for (let n = 0; n < sendsPerTurn; n += 1) echoes.push((await sendEcho()).ackMs);
  }
  const row = {
    recipients,
    ...spread("echo", echoes),
    ...spread("ack", acks),
    ...spread("arrival", arrivals),
    ...spread("last arrival", lasts),
    "ack ÷ echo": median(acks) / median(echoes),
    "arrival ÷ echo": median(arrivals) / median(echoes),
  };
  return { echoMs: median(echoes), arrivalMs: median(arrivals), row };
}

function spread(name: string, sample: Sample): Row {
  return { [`${name} p50`]: median(sample), [`${name} p99`]: percentile(sample, 0.99) };
}

function outcome(compared: readonly Compared[], two: Compared, steps: Steps): Outcome {
  const inEchoes = (ms: number) => (ms / two.echoMs).toPrecision(2);
  const restMs = two.arrivalMs - steps.togetherMs;
  return {
    tables: [
      { title: "One message at a time: milliseconds", rows: compared.map(({ row }) => row) },
      { title: "The requests of a send in a room of two, made without it", rows: steps.rows },
    ],
    bars: [
      {
        promise: "arrival in a room of two, median, in echoes",
        measured: two.arrivalMs / two.echoMs,
        most: aim,
        isAim: true,
      },
    ],
    notes: [
      `Of the ${inEchoes(two.arrivalMs)} echoes that a message takes in a room of two, ` +
        `${inEchoes(steps.togetherMs)} are these requests in a send's order, reads at once and ` +
        `the ack beside the fan-out, when they are made from outside; ${inEchoes(restMs)} are ` +
        "the round trip itself, parsing, deciding, and the emulator taking its own posts.",
    ],
  };
}
