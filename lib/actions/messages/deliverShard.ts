/**
 * Post events of a room to one shard of those who hear it: one part of a fan-out that many function
 * instances share. Repeating it repeats frames, which is harmless. When the time runs out it says
 * where, and its caller goes on from there.
 */

import type { ShardJob, ShardOutcome } from "../../model.ts";
import { framesOf } from "../../protocol/frameSize.ts";
import type { PublishPorts } from "../../pubsub/deliver.ts";
import { deliver, reportDelivery } from "../../pubsub/deliver.ts";
import { encodeFrame } from "../../pubsub/post.ts";
import { roomTopic } from "../../pubsub/topics.ts";
import { forgetting } from "../connections/forget.ts";

export async function deliverShard(job: ShardJob, ports: PublishPorts): Promise<ShardOutcome> {
  const { room, shard, events, after, withinMs } = job;
  const frames = framesOf(events).map((fitting) =>
    encodeFrame({ type: "events", room, events: fitting }),
  );
  const forgetAll = forgetting(ports, ports.clock.nowMs() + withinMs);
  const pages = ports.subscriptions.listShard(roomTopic(room), shard, after || undefined);
  const outcome = await deliver(ports, pages, frames, { withinMs }, forgetAll);
  reportDelivery(ports, { ...outcome, left: 0 }, { room, shard }); // the next call goes on
  const { stoppedBehind } = outcome;
  const connections = outcome.delivered + outcome.unready + outcome.skipped;
  return { connections, ...(stoppedBehind !== undefined && { stoppedBehind }) };
}
