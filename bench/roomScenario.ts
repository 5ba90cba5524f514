/**
 * Every action of rooms with owners once, in a private room that all members of the bench's own
 * room are in, in an order in which each is possible.
 */
import { actionTable } from "../lib/actions/actionTable.ts";
import { connect } from "../lib/actions/connections/connect.ts";
import { send } from "../lib/actions/messages/send.ts";
import type { ConnectedCaller } from "../lib/model.ts";
import type { Ports } from "../lib/ports.ts";
import type { ClientFrame } from "../lib/protocol/clientFrames.ts";
import { limits } from "../lib/protocol/limits.ts";

type RoomAction = keyof typeof actionTable;
type Fields<A extends RoomAction> = Omit<ClientFrame<A>, "action" | "id" | "room">;

/** By name, in the order in which they are run. `guest` is connected, and in no room yet. */
export async function roomActions(
  [owner, member, ...others]: readonly [ConnectedCaller, ConnectedCaller, ...ConnectedCaller[]],
  guest: ConnectedCaller,
  ports: Ports,
): Promise<Record<string, () => Promise<unknown>>> {
  await connect(guest.connection, ports);
  const made = { action: "create", visibility: "private", title: "Plans for the summer" } as const;
  const { room } = await actionTable.create(made, owner, ports);
  const ask =
    <A extends RoomAction>(action: A, fields: Fields<A>, by = owner, where = room) =>
    () => {
      // The compiler cannot follow a frame to its action through a table.
      const run = actionTable[action] as (...asked: unknown[]) => Promise<unknown>;
      return run({ action, room: where, ...fields }, by, ports);
    };
  for (const one of [member, ...others]) {
    await ask("invite", { user: one.user })();
    await ask("join", {}, one)();
  }
  const sent = { room, text: "What everybody wants to keep." };
  const { seq: said } = await send(sent, owner, ports, { publishMs: limits.publishMs });
  const named = { room: "listed", title: "A room for everybody" };
  await actionTable.create({ action: "create", visibility: "public", ...named }, owner, ports);
  await ask("configure", { listed: true }, owner, named.room)();
  const block = (on: boolean) =>
    actionTable.block({ action: "block", user: guest.user, on }, member, ports);
  const aboutGuest = { user: guest.user };
  const aboutMember = { user: member.user };
  return {
    create: () => actionTable.create(made, owner, ports),
    "create, inviting 2": () =>
      actionTable.create({ ...made, invite: [member.user, guest.user] }, owner, ports),
    invite: ask("invite", aboutGuest),
    decline: ask("decline", {}, guest),
    "invite, once more": ask("invite", aboutGuest),
    uninvite: ask("uninvite", aboutGuest),
    "invite, to be accepted": ask("invite", aboutGuest),
    "join, by an invitation": ask("join", {}, guest),
    configure: ask("configure", { topic: "Where to go" }),
    settings: ask("settings", {}),
    "grant, to moderator": ask("grant", { ...aboutMember, role: "moderator" }),
    "grant, to owner": ask("grant", { ...aboutMember, role: "owner" }),
    "grant, an owner steps down": ask("grant", { ...aboutMember, role: "member" }, member),
    mute: ask("mute", { ...aboutGuest, forMs: 60_000 }),
    members: ask("members", {}),
    kick: ask("kick", aboutGuest),
    ban: ask("ban", aboutGuest),
    bans: ask("bans", {}),
    unban: ask("unban", aboutGuest),
    close: ask("close", {}),
    reopen: ask("reopen", {}),
    readers: ask("readers", { seq: 1 }),
    pin: ask("pin", { seq: said, on: true }),
    report: ask("report", { seq: said }, member),
    reports: ask("reports", {}),
    directory: () => actionTable.directory({ action: "directory" }, owner, ports),
    block: () => block(true),
    blocks: () => actionTable.blocks({ action: "blocks" }, member, ports),
    "block, ended": () => block(false),
    preferences: ask("preferences", { notify: "mentions" }, member),
    "leave, a private room": ask("leave", {}, member),
  };
}
