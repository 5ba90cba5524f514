/**
 * Let a member add nothing to a room for a while, or end that. It is on the membership, which every
 * `send` and `typing` reads: so it holds at once, on every device. It outlives leaving.
 */
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { record } from "./record.ts";
import { assertMay, type RoomCaller, standingIn, targetIn } from "./standing.ts";
import { takeStep } from "./takeStep.ts";
import type { ModeratePorts } from "./unban.ts";

/** @throws ChatError `not_member`, `forbidden`, `conflict` (the user is no member) */
export async function mute(
  { room: name, user, forMs }: ClientFrame<"mute">,
  caller: RoomCaller,
  ports: ModeratePorts,
): Promise<ServerFrame<"muted">> {
  const nowMs = ports.clock.nowMs();
  const standing = await standingIn(ports, name, caller);
  assertMay("mute", standing, caller, nowMs, await targetIn(ports, standing, user));
  const mutedUntilMs = forMs === 0 ? 0 : nowMs + forMs;
  const step = { user, room: name, step: "mark" } as const;
  await takeStep(ports, step, { nowMs, mutedUntilMs });
  const until = forMs > 0 && { untilMs: mutedUntilMs };
  await record(ports, standing.room, caller, { kind: "member", user, change: "muted", ...until });
  return { type: "muted", room: name, user, ...until };
}
