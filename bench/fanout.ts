/**
 * What it takes to bring one frame to many: its parts, each in a file of its own under fanout/,
 * against one stand-in for a gateway, one after another.
 */
import { run as cpuPerPost } from "./fanout/cpuPerPost.ts";
import { startStandIn } from "./fanout/standIn.ts";
import { merged, type Outcome } from "./outcome.ts";

const parts = [cpuPerPost];

export const about = "the CPU of a post beside the SDK's client";

export async function run(isQuick: boolean): Promise<Outcome> {
  const standIn = await startStandIn();
  try {
    const outcomes: Outcome[] = [];
    for (const part of parts) outcomes.push(await part(standIn, isQuick));
    return merged(outcomes);
  } finally {
    await standIn.stop();
  }
}
