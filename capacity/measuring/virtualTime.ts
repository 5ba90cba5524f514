/**
 * Time that passes only while everybody waits. Each request is carried out at once, for real, and
 * then held back until as much virtual time has gone by as it is said to take; when all are held,
 * the clock jumps to the first that is due. So what an action waits for comes out the same on
 * every machine, with whatever it does at once overlapping as it does in the code.
 */
export interface VirtualTime {
  nowMs(): number;
  /** Carry out `work`, which takes `ms`, however long it really took. */
  pass<T>(ms: number, work: () => Promise<T>): Promise<T>;
  /** Resolves when nothing is under way any more: not even what nobody waits for. */
  settled(): Promise<void>;
}

export function virtualTime(): VirtualTime {
  let nowMs = 0;
  let working = 0;
  let held: { dueMs: number; release: () => void }[] = [];
  let isJumping = false;

  const jump = async () => {
    if (isJumping) return;
    isJumping = true;
    // What was released goes on in promises alone until its next request.
    await turn();
    while (working === 0 && held.length > 0) {
      nowMs = Math.min(...held.map(({ dueMs }) => dueMs));
      const due = held.filter(({ dueMs }) => dueMs <= nowMs);
      held = held.filter(({ dueMs }) => dueMs > nowMs);
      for (const { release } of due) release();
      await turn();
    }
    isJumping = false;
  };
  return {
    nowMs: () => nowMs,
    async pass(ms, work) {
      const dueMs = nowMs + ms;
      working += 1;
      try {
        return await work();
      } finally {
        working -= 1;
        await new Promise<void>((release) => {
          held.push({ dueMs, release });
          void jump();
        });
      }
    },
    async settled() {
      do await turn();
      while (working > 0 || held.length > 0);
    },
  };
}

/** One round of the event loop, after every promise that can go on without it. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
