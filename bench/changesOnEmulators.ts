/**
 * A change in a small room on the faithful gateway and on `serverless offline`, from its request to
 * the `changed` that the others get. In each round somebody edits a message, reacts to it and
 * deletes it, and sends another before each of that: a request every 100 ms, as people do. The
 * emulators take turns. Each ratio is to the send just before, so that what else the machine does
 * is the same for both.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type Circle, circle, nextName } from "./conversations.ts";
import { type Emulator, ourFolder, startEmulator, startFaithful } from "./emulator.ts";
import type { Bar, Outcome, Row } from "./outcome.ts";
import type { Peer } from "./peer.ts";
import { median, percentile } from "./sample.ts";

const rounds = 100;
const warmUpRounds = 100;
const quickShare = 0.1;
const everyMs = 100;
const members = 4;

/** By action, arrivals of a send that one of it may take, here and with the latencies of AWS. */
export const bars = { edit: 2, react: 2.5, delete: 2 } as const;
type Action = keyof typeof bars;

/** How long until the reply, and until the middle one of the others was told. */
interface Told {
  replyMs: number;
  arrivalMs: number;
}
/** A change, and the send before it. */
interface Beside {
  send: Told;
  change: Told;
}
type Round = Record<Action, Beside>;

export async function measureChangesOnEmulators(isQuick: boolean): Promise<Outcome> {
  const share = isQuick ? quickShare : 1;
  const emulators: [name: string, Emulator][] = [];
  try {
    emulators.push(["the faithful gateway", await startFaithful()]);
    emulators.push(["serverless offline", await startEmulator(ourFolder)]);
    const measured: { name: string; circle: Circle; taken: Round[] }[] = [];
    for (const [name, emulator] of emulators) {
      measured.push({ name, circle: await circle(emulator, members), taken: [] });
    }
    for (let n = 0; n < share * (warmUpRounds + rounds); n += 1) {
      const isWarm = n >= share * warmUpRounds;
      for (const { circle, taken } of measured) {
        // On a machine with much else to do a push may be given up, and then tells nothing.
        const round = await roundOf(circle, isWarm ? everyMs : 0).catch(() => undefined);
        if (isWarm && round) taken.push(round);
      }
    }
    return {
      tables: measured.map(({ name, taken }) => ({
        title:
          `A change in a room of ${members} on ${name}, in ${taken.length} rounds: ` +
          "milliseconds",
        rows: rowsOf(taken),
      })),
      bars: measured.flatMap(({ name, taken }) => barsOf(name, taken)),
      notes: [
        "On the emulators each ratio is the median of the ratios of single changes to the send " +
          "before each; an arrival is that of the middle one of the others.",
      ],
    };
  } finally {
    await Promise.all(emulators.map(([, { stop }]) => stop()));
  }
}

async function roundOf(circle: Circle, apartMs: number): Promise<Round> {
  const { room, members } = circle;
  const [author, ...others] = members as [Peer, ...Peer[]];
  members.push(...members.splice(0, 1));

  /** `told`: what the others are told, and nothing else on the wire contains. */
  async function timed(frame: object, id: string, told: string) {
    const due = delay(apartMs);
    const watched = others.map((peer) => peer.received(told));
    const reply = author.received(id);
    const sentAt = performance.now();
    author.send({ ...frame, room });
    const [{ at, text }, ...arrivals] = await Promise.all([reply, ...watched]);
    if (apartMs > 0) await due;
    const arrivalMs = median(arrivals.map((arrival) => arrival.at - sentAt));
    return { replyMs: at - sentAt, arrivalMs, text };
  }

  const say = () => {
    const cid = nextName("cid");
    return timed({ action: "send", text: "x".repeat(100), cid }, cid, cid);
  };
  // The other emulator had its turn, so the first frame finds nothing warm.
  const { seq } = JSON.parse((await say()).text);
  const besideSend = async (frame: object, v: number): Promise<Beside> => {
    const send = await say();
    const id = nextName("id");
    const change = await timed({ ...frame, seq, id }, id, `"of":${seq},"v":${v},`);
    return { send, change };
  };
  return {
    edit: await besideSend({ action: "edit", text: "y".repeat(100) }, 2),
    react: await besideSend({ action: "react", emoji: "👍", on: true }, 3),
    delete: await besideSend({ action: "delete" }, 4),
  };
}

function rowsOf(taken: readonly Round[]): Row[] {
  const actions = Object.keys(bars) as Action[];
  const sends = taken.flatMap((round) => actions.map((action) => round[action].send));
  return [
    rowOf("send", sends, 1),
    ...actions.map((action) => {
      const changes = taken.map((round) => round[action].change);
      return rowOf(action, changes, ratioOf(action, taken));
    }),
  ];
}

function rowOf(action: string, told: readonly Told[], ratio: number): Row {
  const arrivals = told.map(({ arrivalMs }) => arrivalMs);
  return {
    action,
    "arrives after, p50": median(arrivals),
    p90: percentile(arrivals, 0.9),
    "answered after, p50": median(told.map(({ replyMs }) => replyMs)),
    "÷ a send's arrival": ratio,
  };
}

const ratioOf = (action: Action, taken: readonly Round[]): number =>
  median(taken.map(({ [action]: { send, change } }) => change.arrivalMs / send.arrivalMs));

function barsOf(name: string, taken: readonly Round[]): Bar[] {
  return Object.entries(bars).map(([action, most]) => ({
    promise: `arrival of ${action} on ${name}, in arrivals of a send`,
    measured: ratioOf(action as Action, taken),
    most,
  }));
}
