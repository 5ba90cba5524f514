/**
 * Whether somebody can act in each room that has had an owner (promise 16): in the end its owners
 * are asked to. A refusal counts only if nothing was set of the room meanwhile: a request that was
 * given up may still have taken the role from its owner. However long an answer takes, that is no
 * failure.
 */
import type { History, Violation } from "../support/checker/history.ts";
import { receivedOf } from "../support/checker/history.ts";
import { decided } from "./decided.ts";
import type { Device } from "./device.ts";
import type { Leadership } from "./truth.ts";

/** An owner who was asked to come in and to act, and why they could not. */
export interface Leader {
  room: string;
  owner: string;
  refusal?: string | undefined;
}

/** Ask every owner to set their room's topic. `read` is what the table says of all rooms. */
export async function askLeaders(
  devices: readonly Device[],
  read: () => Promise<ReadonlyMap<string, Leadership>>,
): Promise<Leader[]> {
  const leaders: Leader[] = [];
  for (const [room, { owners }] of await read()) {
    for (const owner of owners) {
      const device = devices.find(({ user }) => user === owner);
      if (device === undefined) continue;
      const leader = await askLeader(room, device, async () => (await read()).get(room));
      if (leader) leaders.push(leader);
    }
  }
  return leaders;
}

/** Undefined for somebody who is no owner any more. */
async function askLeader(
  room: string,
  { user: owner, client }: Device,
  read: () => Promise<Leadership | undefined>,
): Promise<Leader | undefined> {
  for (;;) {
    const before = await read();
    if (!before?.owners.includes(owner)) return undefined;
    const refusal =
      (await decided(client, "join", { room })) ??
      (await decided(client, "configure", { room, topic: `of ${owner}` }));
    if (refusal === undefined) return { room, owner };
    if ((await read())?.rev === before.rev) return { room, owner, refusal };
  }
}

/** 16. A room that has had an owner has one, and those who are its owners can act. */
export function leaderless(
  history: History,
  owners: ReadonlyMap<string, Leadership>,
  leaders: readonly Leader[],
): Violation[] {
  const blame = (room: string, story: string): Violation => {
    return { promise: 16, story: `${room} ${story}`, at: history.entries.length, room };
  };
  const made = receivedOf(history, "created").map(({ frame }) => frame.room);
  return [
    ...[...new Set([...made, ...leaders.map(({ room }) => room)])]
      .filter((room) => (owners.get(room)?.owners ?? []).length === 0)
      .map((room) => blame(room, "has had an owner, and has none")),
    ...leaders.flatMap(({ room, owner, refusal }) =>
      refusal === undefined ? [] : [blame(room, `is led by ${owner}, who was told ${refusal}`)],
    ),
  ];
}
