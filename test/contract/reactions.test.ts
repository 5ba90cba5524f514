/** What every store of reactions promises. Each test has a room of its own. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { describeStores } from "./stores.ts";

describeStores("the reactions", (stores) => {
  const fresh = () => ({ room: `room-${randomUUID()}`, reactions: stores().reactions });
  const all = { limit: 1_000 };

  it("keeps one of a user and emoji, with its first time", async () => {
    const { room, reactions } = fresh();
    await reactions.put(room, 7, "bob", "👍", 5);
    await reactions.put(room, 7, "bob", "👍", 9);
    await reactions.put(room, 7, "bob", "#️⃣", 6);
    const bob = {
      user: "bob",
      emoji: [
        { emoji: "#️⃣", atMs: 6 },
        { emoji: "👍", atMs: 5 },
      ],
    };
    expect(await reactions.find(room, 7, "bob")).toEqual(bob);
    expect(await reactions.list(room, 7, all)).toEqual([bob]);
    expect(await reactions.find(room, 7, "bo")).toBeUndefined();
    expect(await reactions.find(room, 70, "bob")).toBeUndefined();
    expect(await reactions.list(`${room}-other`, 7, all)).toEqual([]);
  });

  it("forgets what is taken away, also where there is nothing", async () => {
    const { room, reactions } = fresh();
    await reactions.remove(room, 7, "bob", "👍");
    expect(await reactions.list(room, 7, all)).toEqual([]);
    await reactions.put(room, 7, "bob", "👍", 5);
    await reactions.put(room, 7, "carol", "👍", 5);
    await reactions.remove(room, 7, "bob", "❤️");
    expect(await reactions.find(room, 7, "bob")).toMatchObject({ emoji: [{ emoji: "👍" }] });
    await reactions.remove(room, 7, "bob", "👍");
    await reactions.remove(room, 7, "bob", "👍");
    expect(await reactions.find(room, 7, "bob")).toBeUndefined();
    expect(await reactions.list(room, 7, all)).toMatchObject([{ user: "carol" }]);
  });

  it("lists by user, page by page, past those who took theirs away", async () => {
    const { room, reactions } = fresh();
    const users = ["B", "a", "b", 'c"', "d e", "~"];
    for (const user of [...users].reverse()) await reactions.put(room, 7, user, "👍", 1);
    for (const user of ["B", "b"]) await reactions.remove(room, 7, user, "👍");
    for (const user of ["a", "~"]) await reactions.put(room, 7, user, "❤️", 2);
    const listed = async (range: { emoji?: string; after?: string; limit: number }) =>
      (await reactions.list(room, 7, range)).map(({ user }) => user);
    expect(await listed(all)).toEqual(["a", 'c"', "d e", "~"]);
    expect(await listed({ limit: 2 })).toEqual(["a", 'c"']);
    expect(await listed({ limit: 2, after: 'c"' })).toEqual(["d e", "~"]);
    expect(await listed({ limit: 9, after: "b" })).toEqual(['c"', "d e", "~"]);
    expect(await listed({ limit: 1, emoji: "❤️", after: "a" })).toEqual(["~"]);
    expect(await listed({ limit: 9, emoji: "🎉" })).toEqual([]);
  });
});
