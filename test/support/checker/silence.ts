/**
 * Every request is answered, once (promise 9). Where handlers die the gateway answers for them, but
 * not by name: there, as many requests of a connection may lack an answer as it has spoken for.
 */
import {
  answersOf,
  type Conditions,
  closingsOf,
  endsOf,
  entriesOf,
  type History,
  type Of,
  type Violation,
} from "./history.ts";

/** Every request whose handler ended has its one answer. */
export function nothingIsSilent(history: History, conditions: Conditions): Violation[] {
  const answers = answersOf(history);
  const ended = new Set(entriesOf(history, "ended").map(({ request }) => request));
  const violations: Violation[] = [];
  const unanswered: Unanswered[] = [];
  for (const asked of entriesOf(history, "asked")) {
    const { request, connection, at } = asked;
    const own = answers.get(request) ?? [];
    const count = conditions.isReal ? distinct(own) : own.length;
    const story = `${connection} asked ${asked.frame.action} (${request}) and got ${count} answers`;
    const violation = { promise: 9, story: `${story}, not 1`, at, connection };
    if (count > 1) violations.push(violation);
    if (count > 0 || !ended.has(request)) continue;
    if (conditions.isLossless && !isOver(history, connection, at)) violations.push(violation);
    if (conditions.isReal) unanswered.push({ asked, violation });
  }
  return [...violations, ...notSpokenFor(history, unanswered)];
}

interface Unanswered {
  asked: Of<"asked">;
  violation: Violation;
}

function distinct(answers: Of<"received">[]): number {
  return answers.length < 2 ? answers.length : new Set(answers.map(textOf)).size;
}

const textOf = ({ frame }: Of<"received">) => JSON.stringify(frame);

function isOver(history: History, connection: string, at: number): boolean {
  return (closingsOf(history).get(connection) ?? []).some(
    (entry) => entry.what === "closed" || entry.at > at,
  );
}

/** Who was open until an answer was due, and heard nothing, not even from the gateway. */
function notSpokenFor(history: History, unanswered: Unanswered[]): Violation[] {
  const ends = endsOf(history);
  const spoken = new Map<string, number>();
  for (const { connection } of [...entriesOf(history, "failed"), ...entriesOf(history, "denied")]) {
    spoken.set(connection, (spoken.get(connection) ?? 0) + 1);
  }
  return unanswered.flatMap(({ asked: { request, connection }, violation }) => {
    const end = ends.get(request) ?? 0;
    const closings = closingsOf(history).get(connection) ?? [];
    if (closings.some((closing) => closing.at < end)) return [];
    const left = spoken.get(connection) ?? 0;
    spoken.set(connection, left - 1);
    return left > 0 ? [] : [violation];
  });
}
