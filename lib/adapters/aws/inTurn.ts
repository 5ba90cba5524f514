/**
 * Requests begin in turns of the event loop: the first one at once, and those that come with it a
 * few in every other turn. Node writes a request when no promise is left to go on. If all began at
 * once, none would be written before all are made and signed: the first of fifty posts would wait
 * for the CPU of fifty. The turns between are for what arrives meanwhile: an answer, or, where the
 * gateway is this process, the request that was written.
 */

/** As many as keep the CPU of the loop itself below that of one request. */
const eachTurn = 4;

const waiting: (() => void)[] = [];
let isTaken = false;

/** Resolves when a request may begin. */
export async function inTurn(): Promise<void> {
  if (isTaken) return new Promise((begin) => waiting.push(begin));
  isTaken = true;
  inTwoTurns(pass);
}

function pass(): void {
  const next = waiting.splice(0, eachTurn);
  for (const begin of next) begin();
  isTaken = next.length > 0;
  if (isTaken) inTwoTurns(pass);
}

function inTwoTurns(work: () => void): void {
  setImmediate(setImmediate, work);
}
