/**
 * Give a member a role. Nobody acts on an equal or a higher role, but an owner may step down,
 * unless they are the last one.
 *
 * A new owner is added to the room only while they are a member, and looked for again behind that:
 * of a `grant` and a `leave` that race, one sees the other. An owner who steps down does so on the
 * room first. Killed in between, they are a member without a role; the retry completes it, and
 * writes the entry that is missing. Somebody who is found to be out hears the room no more: a ban
 * that was killed, and is then refused for an owner, leaves that undone.
 */
import { ChatError } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { stateOf } from "./membershipSteps.ts";
import { addOwner, removeOwner } from "./owners.ts";
import { ensureRecorded, record } from "./record.ts";
import { assertMay, type RoomCaller, standingIn, targetIn } from "./standing.ts";
import { takeStep } from "./takeStep.ts";
import type { ModeratePorts } from "./unban.ts";
import { type UnsubscribeUserPorts, unsubscribeUser } from "./unsubscribeUser.ts";

/** @throws ChatError `not_member`, `forbidden`, `conflict` (the user is no member), `last_owner` */
export async function grant(
  { room: name, user, role }: ClientFrame<"grant">,
  caller: RoomCaller,
  ports: ModeratePorts & UnsubscribeUserPorts,
): Promise<ServerFrame<"granted">> {
  const nowMs = ports.clock.nowMs();
  const standing = await standingIn(ports, name, caller);
  const target = await targetIn(ports, standing, user);
  const isThere = target.role === role;
  assertMay("grant", standing, caller, nowMs, isThere ? undefined : target);
  const granted = { type: "granted", room: name, user, role } as const;
  const told = { kind: "member", user, change: "role", role } as const;
  if (isThere) {
    await ensureRecorded(ports, standing.room, caller, told, {
      isAbout: (event) => event.kind === "member" && event.user === user && event.change === "role",
      says: (event) => event.kind === "member" && event.role === role,
    });
    return granted;
  }
  await assertIsMember(name, user, ports);
  if (role === "owner") {
    await addOwner(ports, name, user);
    await assertIsMember(name, user, ports, async () => {
      await removeOwner(ports, name, user);
      await unsubscribeUser(ports, user, standing.room);
    });
  } else {
    if (target.role === "owner") await removeOwner(ports, name, user);
    await takeStep(ports, { user, room: name, step: "mark" }, { nowMs, role });
  }
  await record(ports, standing.room, caller, told);
  return granted;
}

async function assertIsMember(
  room: string,
  user: string,
  { memberships }: Pick<ModeratePorts, "memberships">,
  undo?: () => Promise<unknown>,
): Promise<void> {
  if (stateOf(await memberships.find(user, room)) === "member") return;
  await undo?.();
  throw new ChatError("conflict", "the user is no member of the room");
}
