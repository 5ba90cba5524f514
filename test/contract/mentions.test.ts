/** What every store of notes of mentions promises. Each test has users of its own. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { Mention } from "../../lib/model.ts";
import { nowMs, tagAt } from "../support/fixtures.ts";
import { describeStores } from "./stores.ts";

const mentionAt = (seq: number, changes: Partial<Mention> = {}): Mention => ({
  ...{ room: "general", seq, tag: tagAt(seq), from: "alice", atMs: nowMs + seq },
  ...changes,
});

describeStores("the notes of mentions", (stores) => {
  const newUser = () => `user-${randomUUID()}`;

  it("are listed to each user, newest first, whatever the room", async () => {
    const { mentions } = stores();
    const [bob, carol] = [newUser(), newUser()];
    const [first, second] = [mentionAt(9, { room: "dm:a:b" }), mentionAt(10)];
    await mentions.put([bob, carol], first);
    await mentions.put([bob], second);
    expect(await mentions.list(bob, undefined, 10)).toEqual([second, first]);
    expect(await mentions.list(carol, undefined, 10)).toEqual([first]);
    expect(await mentions.list(newUser(), undefined, 10)).toEqual([]);
  });

  it("are put for as many users as a message can mention, each once", async () => {
    const { mentions } = stores();
    const users = Array.from({ length: 260 }, newUser);
    for (const _ of [1, 2]) await mentions.put(users, mentionAt(1));
    for (const user of [users[0], users[24], users[25], users[259]]) {
      expect(await mentions.list(String(user), undefined, 10)).toEqual([mentionAt(1)]);
    }
  });

  it("are listed behind a moment, or behind one of several of the same moment", async () => {
    const { mentions } = stores();
    const bob = newUser();
    const all = [5, 4, 3, 2, 1].map((seq) => mentionAt(seq, { atMs: nowMs + Math.ceil(seq / 2) }));
    for (const mention of all) await mentions.put([bob], mention);
    expect(await mentions.list(bob, undefined, 2)).toEqual(all.slice(0, 2));
    expect(await mentions.list(bob, all[1], 10)).toEqual(all.slice(2));
    expect(await mentions.list(bob, { atMs: nowMs + 2 }, 10)).toEqual(all.slice(3));
    expect(await mentions.list(bob, { atMs: nowMs }, 10)).toEqual([]);
  });

  it("are removed one by one, and those that are not there are no error", async () => {
    const { mentions } = stores();
    const [bob, carol] = [newUser(), newUser()];
    for (const seq of [1, 2, 3]) await mentions.put([bob, carol], mentionAt(seq));
    await mentions.remove([bob], [mentionAt(1), mentionAt(3), mentionAt(7)]);
    await mentions.remove([newUser()], [mentionAt(2)]);
    expect(await mentions.list(bob, undefined, 10)).toEqual([mentionAt(2)]);
    expect(await mentions.list(carol, undefined, 10)).toHaveLength(3);
  });

  it("name the users of a room, up to a number", async () => {
    const { memberships } = stores();
    const room = `room-${randomUUID()}`;
    const users = [newUser(), newUser(), newUser()].sort();
    const membership = { room, joinedAtMs: nowMs, readSeq: 0, readN: 0 };
    for (const user of users) await memberships.add(user, membership);
    expect((await memberships.listUsers(room, 3))?.sort()).toEqual(users);
    expect(await memberships.listUsers(room, 2)).toBeUndefined();
    const left = { room, state: "left", joinedAtMs: nowMs, fromRev: 0, mark: "m" } as const;
    await memberships.change(String(users[0]), left);
    expect((await memberships.listUsers(room, 2))?.sort()).toEqual(users.slice(1));
  });
});
