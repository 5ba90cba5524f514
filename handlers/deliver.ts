/**
 * A worker's share of a fan-out: one shard of one room. Only `fanOut` may invoke it, and waits for
 * what it returns.
 */
import { deliverShard } from "../lib/actions/messages/deliverShard.ts";
import type { ShardJob, ShardOutcome } from "../lib/model.ts";
import * as runtime from "../lib/runtime.ts";

export const handler = runtime.invoked(
  (job: ShardJob): Promise<ShardOutcome> => deliverShard(job, runtime.publishPorts()),
);
