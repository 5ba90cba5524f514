/**
 * Counts what the service's own code takes of the tables and the gateways while it does one thing.
 * Requests take virtual time, so that waiting is counted, too.
 */

import { meteredService } from "../../bench/meteredService.ts";
import type { Ports } from "../../lib/ports.ts";
import type { ServerFrame } from "../../lib/protocol/serverFrames.ts";
import { encodeFrame } from "../../lib/pubsub/post.ts";
import { latencies } from "../habits.ts";
import type { Units } from "../measured.ts";
import { virtualTime } from "./virtualTime.ts";

export interface Counting {
  ports: Ports;
  /** What `work` takes. The frames that it resolves to are replies. Not for two at once. */
  unitsOf(work: () => Promise<readonly ServerFrame[]>): Promise<Units>;
  close(): void;
}

/** Tables of its own in the database at `endpoint`, named by `prefix`. */
export async function counting(endpoint: string, prefix: string): Promise<Counting> {
  const time = virtualTime();
  let bytesOut = 0;
  const service = await meteredService(endpoint, prefix, {
    request: (work) => time.pass(latencies.tableMs, work),
    post: async (frameBytes) => {
      bytesOut += frameBytes;
      await time.pass(latencies.postMs, async () => {});
    },
  });
  return {
    ports: service.ports,
    async unitsOf(work) {
      let replies = 0;
      let waitMs = 0;
      bytesOut = 0;
      const cost = await service.costOf(async () => {
        const startedAtMs = time.nowMs();
        for (const frame of await work()) {
          replies += 1;
          bytesOut += encodeFrame(frame).length;
        }
        waitMs = time.nowMs() - startedAtMs;
        await time.settled();
      });
      return { ...cost, replies, bytesOut, waitMs };
    },
    close: () => service.close(),
  };
}
