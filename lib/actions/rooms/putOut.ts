/**
 * Put a user out of a room, for `kick` and `ban`: the membership first, so that nothing they ask
 * for from now on is granted; then their subscriptions, on all connections; then the entry in the
 * log, which they do not hear any more; last they are told. When the reply is sent all this is done
 * (promise 14). Killed in between, the retry takes their subscriptions, and tells what is not told.
 */
import type { Membership } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { LogEvent } from "../../protocol/serverFrames.ts";
import { publishToUser } from "../publish.ts";
import { ensureRecorded, type RecordPorts, record } from "./record.ts";
import { assertMay, type RoomCaller, standingIn, targetIn } from "./standing.ts";
import { takeStep } from "./takeStep.ts";
import { type UnsubscribeUserPorts, unsubscribeUser } from "./unsubscribeUser.ts";

export type GoOutPorts = UnsubscribeUserPorts & RecordPorts & Pick<Ports, "rooms" | "newMark">;

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
  ports: GoOutPorts,
): Promise<void> {
  const nowMs = ports.clock.nowMs();
  const standing = await standingIn(ports, name, caller);
  const { room } = standing;
  assertMay(step, standing, caller, nowMs, await targetIn(ports, standing, user));
  const { isChange, before } = await takeStep(
    ports,
    { user, room: name, step },
    { nowMs, kickedBy: caller.user },
  );
  await assertStillBelow(name, user, ports);
  if (before !== undefined) await unsubscribeUser(ports, user, room);
  // Of one who was out already, and by nobody's doing, nothing is to be told.
  if (!isChange && before?.kickedBy === undefined) return;
  const because = reason !== undefined && reason !== "" && { reason };
  const change = step === "kick" ? "kicked" : "banned";
  const told = { kind: "member", user, change, ...because } as const;
  if (isChange) {
    await record(ports, room, caller, told);
  } else if (!(await ensureRecorded(ports, room, caller, told, toldOf(user, change, before)))) {
    return;
  }
  const left = { type: "left", room: name, by: caller.user, ...because } as const;
  const isTold = before !== undefined && !(isChange && before.state === "left");
  if (isTold) await publishToUser(ports, user, left);
}

/** The entry about somebody who is out: no older than that, because they may have been in again. */
function toldOf(user: string, change: "kicked" | "banned", before: Membership | undefined) {
  const since = before?.joinedAtMs ?? 0;
  return {
    isAbout: (event: LogEvent) => event.kind === "member" && event.user === user,
    says: (event: LogEvent) =>
      event.kind === "member" && event.change === change && event.sentAtMs >= since,
  };
}

/** Made an owner meanwhile: the room says who leads it, and they are in. */
async function assertStillBelow(room: string, user: string, ports: GoOutPorts): Promise<void> {
  const { owners } = await ports.rooms.find(room);
  if (!owners.includes(user)) return;
  const nowMs = ports.clock.nowMs();
  await takeStep(ports, { user, room, step: "return" }, { nowMs });
  throw new ChatError("forbidden", "the user is an owner now");
}
