/**
 * What it takes to bring one frame to many: its parts, each in a file of its own under fanout/,
 * against one stand-in for a gateway, one after another.
 */
import { runCold, runWarm } from "./fanout/postCost.ts";
import { run as roomSizes } from "./fanout/roomSizes.ts";
import { run as sharedFrames } from "./fanout/sharedFrames.ts";
import { startStandIn } from "./fanout/standIn.ts";
import { merged, type Outcome } from "./outcome.ts";

const parts = [runWarm, runCold, roomSizes, sharedFrames];

export const about =
  "CPU of a post, deliveries/s, memory and frames by room size, beside the SDK and a naive design";

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
