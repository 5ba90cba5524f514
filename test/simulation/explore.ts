/**
 * Every order in which a small case can happen, once: depth first, starting over for each order
 * and repeating the choices that led there. Two orders that differ only in neighbouring steps which
 * touch nothing in common are one. How it is known which are worth trying: dynamic partial-order
 * reduction (Flanagan and Godefroid, 2005: where two steps of an order raced, the other order is
 * tried) with sleep sets (Godefroid, 1996: what was tried before a step is not tried right behind
 * it unless they depend).
 */
import type { Random } from "./random.ts";
import type { Access } from "./scheduler.ts";

/** One thing that could happen next. */
export interface Choice {
  id: string;
  thread: string;
  label: string;
  /** A kill is never interchangeable with what its own thread could do. */
  isKill: boolean;
}

/** One run of a case, from its beginning. */
export interface Run {
  choices(): Choice[];
  take(id: string): Promise<Access[]>;
  /** What was wrong with it, when there are no more choices. */
  finish(): Promise<string[]>;
}

export interface Exploration {
  /** Orders that were run to their end. */
  orders: number;
  /** Runs that were broken off, as they could only repeat an order. */
  repeats: number;
  /** Whether there would have been more. */
  isBounded: boolean;
  findings: Finding[];
}

export interface Finding {
  what: string[];
  /** The choices that show it. */
  choices: string[];
}

interface Taken extends Choice {
  access: Access[];
}
interface Node {
  choices: Choice[];
  /** What to try here, by id. */
  wanted: Set<string>;
  tried: Taken[];
  asleep: Taken[];
  taken: Taken;
  /** Indexes of the steps before it that had to come before it. */
  causes: Set<number>;
}

export interface ExploreOptions {
  /** Runs at most. */
  ordersMax: number;
  isReduced?: boolean;
  /** Whether to stop at an order in which this was wrong. */
  isEnough?: (what: readonly string[]) => boolean;
}

export async function explore(
  begin: () => Promise<Run>,
  { ordersMax, isReduced = true, isEnough = () => false }: ExploreOptions,
): Promise<Exploration> {
  const result: Exploration = { orders: 0, repeats: 0, isBounded: false, findings: [] };
  const path: Node[] = [];
  do {
    const run = await begin();
    for (const node of path) node.taken.access = await run.take(node.taken.id);
    if (path.length > 0) noteRaces(path);
    const isWhole = await runOn(run, path, isReduced);
    if (isWhole) {
      result.orders += 1;
      const what = await run.finish();
      if (what.length > 0)
        result.findings.push({ what, choices: path.map(({ taken }) => taken.label) });
    } else {
      result.repeats += 1;
    }
    const wrong = isWhole ? (result.findings.at(-1)?.what ?? []) : [];
    if (isEnough(wrong) || result.orders + result.repeats >= ordersMax) {
      result.isBounded = turnBack(path);
      return result;
    }
  } while (turnBack(path));
  return result;
}

/**
 * Random orders, from a seed: where there are too many to try, the first ones differ only near
 * their ends, and these do everywhere. Each kill that is possible has one chance in ten.
 */
export async function wander(
  begin: () => Promise<Run>,
  { orders, random }: { orders: number; random: Random },
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (let order = 0; order < orders; order += 1) {
    const run = await begin();
    const taken: string[] = [];
    for (let choices = run.choices(); choices.length > 0; choices = run.choices()) {
      const kills = choices.filter(({ isKill }) => isKill && random.chance(0.1));
      const choice = kills[0] ?? random.pick(choices.filter(({ isKill }) => !isKill));
      taken.push(choice.label);
      await run.take(choice.id);
    }
    const what = await run.finish();
    if (what.length > 0) findings.push({ what, choices: taken });
  }
  return findings;
}

/** Go on to the end; false when all that could be done next was tried elsewhere. */
async function runOn(run: Run, path: Node[], isReduced: boolean): Promise<boolean> {
  for (let choices = run.choices(); choices.length > 0; choices = run.choices()) {
    const last = path.at(-1);
    const asleep = last && isReduced ? stillAsleep(last) : [];
    const awake = choices.filter(({ id }) => asleep.every((other) => other.id !== id));
    const next = awake.find(({ thread }) => thread === last?.taken.thread) ?? awake[0];
    if (next === undefined) return false;
    const node: Node = {
      choices,
      wanted: new Set(isReduced ? [] : choices.map(({ id }) => id)),
      tried: [],
      asleep,
      taken: { ...next, access: [] },
      causes: new Set(),
    };
    want(node, next);
    path.push(node);
    node.taken.access = await run.take(next.id);
    noteRaces(path);
  }
  return true;
}

/** Try a choice at a node; and where its operation can be killed instead, that too. */
function want(node: Node, { id, thread }: Choice): void {
  node.wanted.add(id);
  for (const other of node.choices) {
    if (other.isKill && other.thread === thread) node.wanted.add(other.id);
  }
}

/** Turn to the last place where something else is to be tried; false when there is none. */
function turnBack(path: Node[]): boolean {
  for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
    const { choices, tried, asleep, wanted } = node;
    tried.push(node.taken);
    const isNew = ({ id }: Choice) => [...tried, ...asleep].every((other) => other.id !== id);
    const next = choices.find((choice) => wanted.has(choice.id) && isNew(choice));
    if (next !== undefined) {
      node.taken = { ...next, access: [] };
      return true;
    }
    path.pop();
  }
  return false;
}

/** What was tried before the step just taken and does not depend on it. */
function stillAsleep({ tried, asleep, taken }: Node): Taken[] {
  return [...tried, ...asleep].filter((other) => {
    // Two calls that one operation makes at the same time are like calls of two.
    const isKilled = other.thread === taken.thread && (other.isKill || taken.isKill);
    return !isKilled && !conflict(other.access, taken.access);
  });
}

/** Where the last step raced with an earlier one, let it be tried first. */
function noteRaces(path: Node[]): void {
  const last = path.length - 1;
  const node = path[last] as Node;
  node.causes = new Set();
  const { id, thread, access, isKill } = node.taken;
  const learn = (index: number) => {
    node.causes.add(index);
    for (const cause of path[index]?.causes ?? []) node.causes.add(cause);
  };
  // What made it possible: the step after which it was first there to choose.
  let since = last;
  while (path[since - 1]?.choices.some((choice) => choice.id === id)) since -= 1;
  if (since > 0) learn(since - 1);
  for (let index = last - 1; index >= 0; index -= 1) {
    const other = path[index] as Node;
    const isKilled = other.taken.thread === thread && (isKill || other.taken.isKill);
    if (!isKilled && !conflict(other.taken.access, access)) continue;
    if (!isKilled && !node.causes.has(index)) letFirst(path, index, node);
    learn(index);
  }
}

/** At `index`, want what leads to `late`: itself, or the first of its causes that was possible. */
function letFirst(path: Node[], index: number, late: Node): void {
  const node = path[index] as Node;
  const between = path.slice(index + 1).filter((_, i) => late.causes.has(index + 1 + i));
  const leading = [...between, late].map(({ taken }) =>
    node.choices.find(({ id }) => id === taken.id),
  );
  const first = leading.find((choice) => choice !== undefined);
  for (const choice of first === undefined ? node.choices : [first]) want(node, choice);
}

function conflict(some: Access[], others: Access[]): boolean {
  return some.some((a) =>
    others.some(
      (b) =>
        a.thing === b.thing &&
        (a.writes || b.writes) &&
        (a.part === undefined || b.part === undefined || a.part === b.part),
    ),
  );
}
