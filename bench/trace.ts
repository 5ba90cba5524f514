/**
 * One real send, with the latencies of AWS, as a trace: the service's own code and adapters over an
 * embedded database, in virtual time. So the trace is the same on every machine, and shows what
 * waits for what and nothing else. It is drawn as docs/send.svg.
 */
import { writeFile } from "node:fs/promises";
import { virtualTime } from "../capacity/measuring/virtualTime.ts";
import { startDatabase } from "../local/emulator/database/database.ts";
import { meteredService, type TableRequest } from "./meteredService.ts";
import type { Outcome } from "./outcome.ts";
import { latencies, room, roomOfFour } from "./roomOfFour.ts";
import { type Span, tracePicture } from "./tracePicture.ts";
import { say } from "./unitsScenario.ts";

/** What an echo needs: it is returned, and its reply is part of the invocation. */
const echoMs = latencies.invocationMs;

export const picturePath = new URL("../docs/send.svg", import.meta.url);

export const about = "one send with the latencies of AWS, drawn as docs/send.svg";

export async function run(): Promise<Outcome> {
  // Not stopped: it ends with this process.
  const { endpoint } = await startDatabase({ kind: "dynalite" });
  const spans = await traceOfSend(endpoint);
  await writeFile(picturePath, pictureOf(spans));
  const arrivalMs = arrivalOf(spans);
  const { invocationMs, tableMs, postMs } = latencies;
  return {
    tables: [
      {
        title: "One send with the latencies of AWS: milliseconds",
        rows: spans.map(({ what, fromMs, toMs }) => ({ what, from: fromMs, to: toMs })),
      },
    ],
    bars: [],
    notes: [
      `Virtual time: an invocation takes ${invocationMs} ms, a table request ${tableMs} ms and a ` +
        `post ${postMs} ms, and our own work none. The message arrives after ${arrivalMs} ms, ` +
        `${(arrivalMs / echoMs).toFixed(2)} times as long as an echo takes. The naive design's, ` +
        `with a scan and a post, would arrive after ${invocationMs + tableMs + postMs} ms.`,
    ],
  };
}

/** The spans of one send to a room, from its frame until all is done, by their start. */
export async function traceOfSend(endpoint: string): Promise<Span[]> {
  const time = virtualTime();
  const spans: Span[] = [];
  let startedAtMs = 0;
  const traced = async <T>(what: string, ms: number, work: () => Promise<T>): Promise<T> => {
    const fromMs = time.nowMs();
    const result = await time.pass(ms, work);
    note(spans, { what, fromMs: fromMs - startedAtMs, toMs: time.nowMs() - startedAtMs, times: 1 });
    return result;
  };
  const service = await meteredService(endpoint, "trace-", {
    request: (work, asked) => traced(nameOf(asked), latencies.tableMs, work),
    post: (_bytes, frame) => traced(`post: ${frame.type}`, latencies.postMs, async () => {}),
  });
  const { ports, close } = service;
  try {
    const alice = await roomOfFour(service);
    await time.settled();
    spans.length = 0;
    startedAtMs = time.nowMs();
    await traced("invocation", latencies.invocationMs, async () => {});
    await say({ room }, alice, ports);
    // Requests that start together end in any order.
    return spans.sort((a, b) => a.fromMs - b.fromMs || (a.what < b.what ? -1 : 1));
  } finally {
    close();
  }
}

const arrivalOf = (spans: readonly Span[]): number =>
  spans.find(({ what }) => what === "post: events")?.toMs ?? Number.NaN;

export function pictureOf(spans: readonly Span[]): string {
  return tracePicture(spans, [
    { label: "an echo", atMs: echoMs },
    { label: "arrival", atMs: arrivalOf(spans) },
  ]);
}

/** What is done several times at once is one span. */
function note(spans: Span[], span: Span): void {
  const same = spans.find(
    ({ what, fromMs, toMs }) => what === span.what && fromMs === span.fromMs && toMs === span.toMs,
  );
  if (same) same.times += 1;
  else spans.push(span);
}

const names: readonly [key: RegExp, what: string][] = [
  [/^GetItem.*USER#/, "get: is the sender a member"],
  [/^Query.*LOG#/, "query: the room's last 10 events"],
  [/^PutItem.*LOG#/, "put: the event, at its position"],
  [/^Query.*TOPIC#room/, "query: who hears the room"],
];

function nameOf({ command, input }: TableRequest): string {
  const said = `${command} ${JSON.stringify(input)}`;
  return names.find(([key]) => key.test(said))?.[1] ?? command;
}
