/** What every store of memberships promises. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { mapInFlight } from "../../lib/concurrency.ts";
import type { Membership } from "../../lib/model.ts";
import type { Member } from "../../lib/ports.ts";
import { directRoom } from "../../lib/protocol/names.ts";
import { describeStores } from "./stores.ts";

const membershipOf = (room: string): Membership => ({
  room,
  joinedAtMs: 1_000,
  readSeq: 5,
  readN: 4,
});

describeStores("memberships", (stores) => {
  const newUser = () => `user-${randomUUID()}`;

  it("finds what was added, and nothing else", async () => {
    const { memberships } = stores();
    const user = newUser();
    await memberships.add(user, membershipOf("general"));
    expect(await memberships.find(user, "general")).toEqual(membershipOf("general"));
    expect(await memberships.find(user, "genera")).toBeUndefined();
    expect(await memberships.find(newUser(), "general")).toBeUndefined();
  });

  it("keeps a membership that is there when it is added again", async () => {
    const { memberships } = stores();
    const user = newUser();
    await memberships.add(user, membershipOf("general"));
    await memberships.add(user, { ...membershipOf("general"), joinedAtMs: 9, readSeq: 0 });
    expect(await memberships.find(user, "general")).toEqual(membershipOf("general"));
  });

  describe("addWriter", () => {
    const written = { ...membershipOf("general"), hasWritten: true };

    it("adds a membership that is not there, and notes that its user has written", async () => {
      const { memberships } = stores();
      const user = newUser();
      await memberships.addWriter(user, membershipOf("general"));
      expect(await memberships.find(user, "general")).toEqual(written);
      expect(await memberships.list(user, undefined, 10)).toEqual([written]);
      expect(await memberships.moveRead(user, "general", { seq: 8, n: 7 })).toBe(true);
    });

    it("notes it on a membership that is there, which keeps all else", async () => {
      const { memberships } = stores();
      const user = newUser();
      await memberships.add(user, membershipOf("general"));
      await memberships.addWriter(user, { room: "general", joinedAtMs: 9, readSeq: 0, readN: 0 });
      expect(await memberships.find(user, "general")).toEqual(written);
      await memberships.moveRead(user, "general", { seq: 8, n: 7 });
      await memberships.addWriter(user, membershipOf("general"));
      await memberships.add(user, membershipOf("general"));
      expect(await memberships.find(user, "general")).toEqual({ ...written, readSeq: 8, readN: 7 });
    });
  });

  it("removes, and removes again", async () => {
    const { memberships } = stores();
    const user = newUser();
    await memberships.add(user, membershipOf("general"));
    await memberships.remove(user, "general");
    await memberships.remove(user, "general");
    expect(await memberships.find(user, "general")).toBeUndefined();
  });

  it("finds the direct room of the longest users among a user's rooms", async () => {
    const { memberships } = stores();
    const user = `${randomUUID().slice(0, 10)}${":".repeat(245)}`;
    const room = directRoom(user, `~${"x".repeat(254)}`);
    expect(room).toHaveLength("dm::".length + 500 + 256);
    await memberships.add(user, membershipOf(room));
    expect(await memberships.find(user, room)).toEqual(membershipOf(room));
    expect(await memberships.list(user, undefined, 10)).toEqual([membershipOf(room)]);
  });

  describe("list", () => {
    it("orders by room name in code units, page by page", async () => {
      const { memberships } = stores();
      const user = newUser();
      const rooms = ["b", "dm:alice:bob", "a-1", "a.1", "a_1", "a1", "9"];
      for (const room of rooms) await memberships.add(user, membershipOf(room));
      const sorted = [...rooms].sort();
      const listed = await memberships.list(user, undefined, 100);
      expect(listed).toEqual(sorted.map(membershipOf));
      const first = await memberships.list(user, undefined, 3);
      expect(first.map(({ room }) => room)).toEqual(sorted.slice(0, 3));
      const rest = await memberships.list(user, sorted[2], 100);
      expect(rest.map(({ room }) => room)).toEqual(sorted.slice(3));
    });

    it("lists as many as are asked for, or all there are, page by page", async () => {
      const { memberships } = stores();
      const user = newUser();
      const rooms = Array.from({ length: 40 }, (_, index) => `r${index + 10}`);
      await mapInFlight(rooms, 16, (room) => memberships.add(user, membershipOf(room)));
      for (const limit of [39, 40, 41]) {
        const listed = await memberships.list(user, undefined, limit);
        expect(listed.map(({ room }) => room)).toEqual(rooms.slice(0, limit));
      }
    });

    it("starts behind a room that the user is not in", async () => {
      const { memberships } = stores();
      const user = newUser();
      await memberships.add(user, membershipOf("a"));
      await memberships.add(user, membershipOf("c"));
      const listed = await memberships.list(user, "b", 100);
      expect(listed.map(({ room }) => room)).toEqual(["c"]);
    });
  });

  describe("listMembers", () => {
    const room = () => `room-${randomUUID()}`;

    it("lists a room's members, each with their read position as it is", async () => {
      const { memberships } = stores();
      const [name, other, anna, ben] = [room(), room(), newUser(), newUser()];
      for (const user of [anna, ben]) await memberships.add(user, membershipOf(name));
      await memberships.add(newUser(), membershipOf(other));
      await memberships.moveRead(ben, name, { seq: 8, n: 7 });
      expect(byUser(await memberships.listMembers(name, 2))).toEqual(
        byUser([
          { user: anna, readSeq: 5, readN: 4 },
          { user: ben, readSeq: 8, readN: 7 },
        ]),
      );
      expect(await memberships.listMembers(room(), 2)).toEqual([]);
    });

    it("lists nobody who has left, and nothing when there are more than asked for", async () => {
      const { memberships } = stores();
      const name = room();
      const users = [newUser(), newUser(), newUser()];
      for (const user of users) await memberships.add(user, membershipOf(name));
      expect(await memberships.listMembers(name, 2)).toBeUndefined();
      expect(await memberships.listMembers(name, 3)).toHaveLength(3);
      await memberships.remove(users[0] ?? "", name);
      const left = users.slice(1).map((user) => ({ user, readSeq: 5, readN: 4 }));
      expect(byUser(await memberships.listMembers(name, 2))).toEqual(byUser(left));
    });

    const byUser = (members: readonly Member[] = []) =>
      members.toSorted((a, b) => (a.user < b.user ? -1 : 1));
  });

  describe("moveRead", () => {
    it("moves forward, and never back", async () => {
      const { memberships } = stores();
      const user = newUser();
      await memberships.add(user, membershipOf("general"));
      expect(await memberships.moveRead(user, "general", { seq: 8, n: 7 })).toBe(true);
      expect(await memberships.moveRead(user, "general", { seq: 8, n: 7 })).toBe(false);
      expect(await memberships.moveRead(user, "general", { seq: 6, n: 5 })).toBe(false);
      const moved = { ...membershipOf("general"), readSeq: 8, readN: 7 };
      expect(await memberships.find(user, "general")).toEqual(moved);
    });

    it("makes no membership out of nothing (promise 7)", async () => {
      const { memberships } = stores();
      const user = newUser();
      expect(await memberships.moveRead(user, "general", { seq: 8, n: 7 })).toBe(false);
      expect(await memberships.find(user, "general")).toBeUndefined();
    });
  });
});
