/** Scrolls a list of a page upwards, and counts what a reader would mind on the way. */
import type { Browser, Page } from "playwright-core";
import type { Person } from "./person.ts";

export interface Walk {
  /** How many steps were made, each as high as a screen and a half. */
  steps: number;
  /** After which steps a message was elsewhere than where the step leads to, and by how much. */
  jumps: string[];
  /** What was on the page at once that is no unbroken run of messages. */
  broken: string[];
  /** Which messages were on the page, in runs without a hole. */
  seen: [first: number, last: number][];
  /** The most elements that the page had. */
  elements: number;
  /** Tasks that took the processor for more than 50 ms, whatever the machine did meanwhile. */
  longTasks: number;
}

const longTaskUs = 50_000;

/**
 * Until a message of that number, or the beginning, is on the page. Each message has its number as
 * its last word. Where there are no messages, so many steps.
 */
export async function scrollUp(
  page: Page,
  selector: string,
  to: { number?: number; steps?: number },
): Promise<Walk> {
  const browser = page.context().browser() as Browser;
  await browser.startTracing(page, { categories: ["toplevel"] });
  const walking = page.evaluate(`(${walk})(${JSON.stringify({ selector, ...to })})`);
  const walked = (await walking) as Omit<Walk, "longTasks">;
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  return { ...walked, longTasks: longTasksIn(traceEvents) };
}

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** Of the processor, in microseconds. */
  tdur?: number;
  args: { name?: string };
}

function longTasksIn(events: readonly TraceEvent[]): number {
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const ofPages = events.filter(({ args }) => args.name === "CrRendererMain").map(threadOf);
  const tasks = events.filter(({ name }) => name === "ThreadControllerImpl::RunTask");
  if (!tasks.some(({ tdur }) => tdur !== undefined)) throw new Error("no task has its time");
  return tasks.filter((task) => (task.tdur ?? 0) > longTaskUs && ofPages.includes(threadOf(task)))
    .length;
}

/** Beside the page of a person: one that only scrolls. */
export async function emptyPage({ page }: Person): Promise<Page> {
  const empty = await page.context().newPage();
  const style = "height: 500px; overflow: auto";
  await empty.setContent(`<div style="${style}"><p style="height: 500000px"></p></div>`);
  await empty.evaluate("document.querySelector('div').scrollTop = 500000");
  return empty;
}

/** Bytes of objects that are still in use. */
export async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await session.detach();
  return usedSize;
}

/** Runs in the page, which has none of this file's types. */
const walk = `async ({ selector, number = 0, steps = Infinity }) => {
  const list = document.querySelector(selector);
  // Until a frame is painted, as a reader sees it: the list may still move what it draws in it.
  const frame = () => new Promise((seen) => requestAnimationFrame(() => setTimeout(seen)));
  const numbers = new Set();
  const walked = { steps: 0, jumps: [], broken: [], seen: [], elements: 0 };
  const look = () => {
    const articles = [...list.querySelectorAll("article")];
    const places = new Map(articles.map((one) => [
      Number(/\\d+$/.exec(one.querySelector(".text").textContent)[0]),
      one.getBoundingClientRect().top,
    ]));
    const all = [...places.keys()];
    const isRun = places.size === articles.length && all.every((n, i) => n === all[0] + i);
    if (!isRun) walked.broken.push(String(all));
    for (const n of all) numbers.add(n);
    walked.elements = Math.max(walked.elements, document.querySelectorAll("*").length);
    return places;
  };
  const isThere = (places) =>
    walked.steps >= steps || places.has(number);
  for (let before = look(); !isThere(before); before = look()) {
    const { top } = list.getBoundingClientRect();
    const [anchor, from] = [...before].find(([, place]) => place >= top) ?? [];
    const way = Math.min(800, list.scrollTop);
    list.scrollTop -= way;
    walked.steps += 1;
    await frame();
    if (anchor === undefined) continue;
    const places = look();
    const moved = places.get(anchor) - from;
    // The list knows heights in whole pixels. Above the first message of all there is no place to
    // make up for a day's heading, of 40 px.
    const slack = places.has(1) ? 45 : 1;
    if (!(Math.abs(moved - way) <= slack)) walked.jumps.push(anchor + " by " + (moved - way));
  }
  for (const n of [...numbers].sort((a, b) => a - b)) {
    const run = walked.seen.at(-1);
    if (run?.[1] === n - 1) run[1] = n;
    else walked.seen.push([n, n]);
  }
  return walked;
}`;
