/** What every store of threads promises. Each test has a room of its own. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { describeStores } from "./stores.ts";

describeStores("the replies", (stores) => {
  const fresh = () => ({ room: `room-${randomUUID()}`, replies: stores().replies });
  const all = { limit: 1_000, order: "oldest first" } as const;

  it("lists the replies to one root by position, both ways and between two", async () => {
    const { room, replies } = fresh();
    for (const seq of [1_000, 9, 10, 8]) await replies.put(room, 7, { seq, user: "bob" });
    await replies.put(room, 70, { seq: 71, user: "bob" });
    await replies.put(`${room}-other`, 7, { seq: 11, user: "bob" });
    await replies.follow(room, 7, ["0", "bob"]);
    const listed = async (range: object) =>
      (await replies.list(room, 7, { ...all, ...range })).map(({ seq }) => seq);
    expect(await listed({})).toEqual([8, 9, 10, 1_000]);
    expect(await listed({ order: "newest first", limit: 3 })).toEqual([1_000, 10, 9]);
    expect(await listed({ after: 8, before: 1_000 })).toEqual([9, 10]);
    expect(await listed({ before: 10, order: "newest first", limit: 1 })).toEqual([9]);
    expect(await listed({ after: 1_000 })).toEqual([]);
    expect(await listed({ before: 1 })).toEqual([]);
    expect(await replies.list(room, 8, all)).toEqual([]);
  });

  it("keeps a reply that is marked as deleted, however often it is noted again", async () => {
    const { room, replies } = fresh();
    const [early, late] = [
      { seq: 8, user: "bob" },
      { seq: 9, user: "carol" },
    ];
    await replies.put(room, 7, early);
    await replies.markDeleted(room, 7, early);
    await replies.markDeleted(room, 7, late); // it was never noted
    for (const reply of [early, late]) await replies.put(room, 7, reply);
    const marked = [early, late].map((reply) => ({ ...reply, isDeleted: true }));
    expect(await replies.list(room, 7, all)).toEqual(marked);
  });

  it("knows who follows a thread, and no other thread", async () => {
    const { room, replies } = fresh();
    expect(await replies.isFollowing(room, 7, "bob")).toBe(false);
    for (let twice = 0; twice < 2; twice += 1) await replies.follow(room, 7, ["bob", "carol"]);
    expect(await replies.isFollowing(room, 7, "bob")).toBe(true);
    expect(await replies.isFollowing(room, 7, "carol")).toBe(true);
    expect(await replies.isFollowing(room, 7, "bo")).toBe(false);
    expect(await replies.isFollowing(room, 70, "bob")).toBe(false);
    expect(await replies.list(room, 7, all)).toEqual([]);
  });
});
