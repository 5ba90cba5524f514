/**
 * Push a notice to every connection of a user: what a server of the operator's wants a user's
 * devices to know now. Nothing is stored, so a user without a connection never sees it, and the
 * reply says how many did.
 */

import type { Identity } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import { bytesOf } from "../../protocol/frameSize.ts";
import { limits } from "../../protocol/limits.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import type { PublishPorts } from "../../pubsub/deliver.ts";
import { publishToUser } from "../publish.ts";

const scope = "notices:write";

/** @throws ChatError `forbidden`, `too_large` */
export async function notify(
  { user, data }: { user: string; data: ServerFrame<"notice">["data"] },
  caller: Identity,
  ports: PublishPorts & Pick<Ports, "newId">,
): Promise<{ delivered: number; gone: number }> {
  if (!caller.scopes.includes(scope)) {
    throw new ChatError("forbidden", `the token lacks scope ${scope}`);
  }
  const sentAtMs = ports.clock.nowMs();
  const frame = { type: "notice", noticeId: ports.newId(), data, sentAtMs } as const;
  if (bytesOf(frame) > limits.frameBytes) {
    throw new ChatError("too_large", `the notice would be over ${limits.frameBytes} bytes`);
  }
  const { delivered, gone } = await publishToUser(ports, user, frame);
  return { delivered, gone };
}
