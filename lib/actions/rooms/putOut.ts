/**
 * Put a user out of a room, for `kick` and `ban`: the membership first, so that nothing they ask
 * for from now on is granted; then their subscriptions, on all connections; then the entry in the
 * log, which they do not hear any more; last they are told. When the reply is sent all this is done
 * (promise 14). Killed in between, a retry takes their subscriptions, and says nothing.
 */
import type { Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import { limits } from "../../protocol/limits.ts";
import { userTopic } from "../../pubsub/topics.ts";
import { publish } from "../publish.ts";
import { type RecordPorts, record } from "./record.ts";
import { assertMay, type RoomCaller, standingIn, targetIn } from "./standing.ts";
import { takeStep } from "./takeStep.ts";
import { type UnsubscribeUserPorts, unsubscribeUser } from "./unsubscribeUser.ts";

export type PutOutPorts = UnsubscribeUserPorts & RecordPorts & Pick<Ports, "rooms" | "newMark">;

interface Asked {
  room: string;
  user: string;
  reason?: string | undefined;
}

/** @throws ChatError `not_member`, `forbidden` */
export async function putOut(
  step: "kick" | "ban",
  { room: name, user, reason }: Asked,
  caller: RoomCaller,
  ports: PutOutPorts,
): Promise<void> {
  const operation = `${step} from`;
  const nowMs = ports.clock.nowMs();
  const standing = await standingIn(ports, operation, name, caller);
  const { room } = standing;
  assertMay(step, operation, standing, caller, nowMs, await targetIn(ports, standing, user));
  const { isChange, before } = await takeStep(
    ports,
    operation,
    { user, room: name, step },
    { nowMs },
  );
  await assertStillBelow(operation, name, user, ports);
  if (before !== undefined) await unsubscribeUser(ports, user, room);
  if (!isChange) return;
  const because = reason !== undefined && reason !== "" && { reason };
  const change = step === "kick" ? "kicked" : "banned";
  await record(ports, room, caller, { kind: "member", user, change, ...because });
  const left = { type: "left", room: name, by: caller.user, ...because } as const;
  const isTold = before !== undefined && before.state !== "left";
  const withinMs = limits.awaitedPublishMs;
  if (isTold) await publish(ports, [userTopic(user)], left, { withinMs });
}

/** Made an owner meanwhile: the room says who leads it, and they are in. */
async function assertStillBelow(
  operation: string,
  room: string,
  user: string,
  ports: PutOutPorts,
): Promise<void> {
  const { owners } = await ports.rooms.find(room);
  if (!owners.includes(user)) return;
  const nowMs = ports.clock.nowMs();
  await takeStep(ports, operation, { user, room, step: "return" }, { nowMs });
  throw new ChatError("forbidden", `unable to ${operation} ${room}; the user is an owner now`);
}
