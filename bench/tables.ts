/**
 * The CPU that one small request to a table takes: a read of one item, by the client that functions
 * use, bundled as theirs is, by the SDK's as it comes, and by no client at all: the same bytes,
 * signed once, over the same sockets. Each runs in a process of its own, in turns, against one
 * stand-in that answers at once.
 */
import { createRequire } from "node:module";
import type { Plugin } from "esbuild";
import { postingEnvironment } from "./fanout/standIn.ts";
import { type OwnProcess, ownProcess } from "./fanout/tasks.ts";
import type { Outcome, Row } from "./outcome.ts";
import { median } from "./sample.ts";

const titles = { ours: "ours", sdk: "the SDK's client", bytes: "no client, only Node's HTTP" };
type Contender = keyof typeof titles;
export interface Asking {
  contender: Contender;
  url: string;
  inFlight: number;
  requests: number;
}

/** What functions are bundled with. */
const functionPlugins: Plugin[] = createRequire(import.meta.url)("../local/bundling.cjs")();

const names = Object.keys(titles) as Contender[];

/** Of the CPU of the SDK's client as it comes. */
const shareMost = 0.6;
const inFlight = 4;

export const about = "CPU of one table request, beside the SDK's client as it comes";

export async function run(isQuick: boolean): Promise<Outcome> {
  const { rounds, requests } = isQuick
    ? { rounds: 3, requests: 500 }
    : { rounds: 15, requests: 2_000 };
  const processes: OwnProcess<never, unknown>[] = [];
  const start = async <Task, Result>(file: string, plugins?: Plugin[]) => {
    const entry = new URL(`tables/${file}`, import.meta.url);
    const started = await ownProcess<Task, Result>(entry, postingEnvironment, undefined, plugins);
    processes.push(started);
    return started;
  };
  try {
    const tables = await start<"where", string>("tablesProcess.ts");
    const url = await tables.run("where");
    const askers = {
      ours: await start<Asking, number>("askingProcess.ts", functionPlugins),
      sdk: await start<Asking, number>("askingProcess.ts"),
      bytes: await start<Asking, number>("askingProcess.ts", functionPlugins),
    };
    const taken: Record<Contender, number[]> = { ours: [], sdk: [], bytes: [] };
    // The first round warms up.
    for (let round = -1; round < rounds; round += 1) {
      for (const contender of names) {
        const cpu = await askers[contender].run({ contender, url, inFlight, requests });
        if (round >= 0) taken[contender].push(cpu);
      }
    }
    return outcomeOf(taken);
  } finally {
    await Promise.all(processes.map((each) => each.end()));
  }
}

function outcomeOf(taken: Record<Contender, number[]>): Outcome {
  const share = (name: Contender) => median(taken[name]) / median(taken.sdk);
  const rows = names.map(
    (name): Row => ({
      "asked by": titles[name],
      "CPU, µs a request": median(taken[name]),
      least: Math.min(...taken[name]),
      most: Math.max(...taken[name]),
      "÷ the SDK's": share(name),
    }),
  );
  return {
    tables: [{ title: `The CPU of one table request, ${inFlight} in flight`, rows }],
    bars: [
      {
        promise: "our CPU of a table request, as a share of the stock SDK client's",
        measured: share("ours"),
        most: shareMost,
      },
    ],
    notes: [
      "The last row is what remains where no SDK stands in front of the tables: writing to a " +
        "socket, and Node's HTTP.",
    ],
  };
}
