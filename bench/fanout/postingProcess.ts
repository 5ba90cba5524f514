/** Posts so many frames, so many at once, and says what CPU that took this process. */
import { setTimeout as delay } from "node:timers/promises";
import { contenders } from "./contenders.ts";
import { messageFrame } from "./frame.ts";
import type { Posted, Posting } from "./postCost.ts";
import { answerTasks } from "./tasks.ts";

const clients = new Map<string, ReturnType<typeof contenders.ours>>();
const ids = Array.from({ length: 1_000 }, (_, n) => `L0SM9cOFvHcC${String(n).padStart(3, "0")}=`);
const noticedMs = 100;
let seq = 0;

answerTasks(async ({ contender, url, inFlight, posts, isCold }: Posting): Promise<Posted> => {
  const key = `${url} ${inFlight}`;
  const post = clients.get(key) ?? contenders[contender](url, inFlight);
  clients.set(key, post);
  // Sockets that rested while it was another's turn are opened again before it counts; or those
  // that were just closed at the other end are given time to be noticed.
  await (isCold ? delay(noticedMs) : run(inFlight));
  const startedAt = performance.now();
  const before = process.cpuUsage();
  await run(posts);
  const { user, system } = process.cpuUsage(before);
  return { cpuMicroseconds: user + system, elapsedMs: performance.now() - startedAt };

  async function run(count: number): Promise<void> {
    let left = count;
    seq += 1;
    const frame = messageFrame(seq);
    const worker = async () => {
      while (left > 0) {
        left -= 1;
        const result = await post(ids[left % ids.length] ?? "", frame);
        if (result !== "delivered") throw new Error(`a post was ${result}`);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
  }
});
