/** What every store of memberships promises. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { mapInFlight } from "../../lib/concurrency.ts";
import type { Membership, MembershipChange, Reader } from "../../lib/model.ts";
import { directRoom } from "../../lib/protocol/names.ts";
import { removeMembership } from "../support/removeMembership.ts";
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

  it("finds those that are asked for at once, far apart and missing ones as well", async () => {
    const { memberships } = stores();
    const user = newUser();
    const rooms = Array.from({ length: 120 }, (_, index) => `room-${1_000 + index}`);
    await mapInFlight(rooms, 10, (room) => memberships.add(user, membershipOf(room)));
    const wanted = ["room-1000", "room-1001", "room-1001", "room-1001a", "room-1119", "z"];
    const found = await Promise.all(wanted.map((room) => memberships.find(user, room)));
    expect(found.map((one) => one?.room)).toEqual([
      ...["room-1000", "room-1001", "room-1001", undefined, "room-1119", undefined],
    ]);
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

  describe("change", () => {
    const change = (fromRev: number, changes: Partial<MembershipChange> = {}) => ({
      room: "general",
      fromRev,
      mark: `mark-${fromRev}`,
      joinedAtMs: 2_000,
      ...changes,
    });
    const everything = {
      state: "banned",
      role: "moderator",
      mutedUntilMs: 9_000,
      fromSeq: 12,
      invitedBy: "bob",
      kickedBy: "carol",
    } as const;

    it("begins a membership, and makes it another one", async () => {
      const { memberships } = stores();
      const user = newUser();
      const read = { seq: 3, n: 2 };
      expect(await memberships.change(user, change(0, { ...everything, read }))).toBe(true);
      const begun = { room: "general", joinedAtMs: 2_000, readSeq: 3, readN: 2, rev: 1 };
      expect(await memberships.find(user, "general")).toEqual({ ...begun, ...everything });
      expect(await memberships.change(user, change(1))).toBe(true);
      expect(await memberships.find(user, "general")).toEqual({ ...begun, rev: 2 });
    });

    it("keeps the read position, and whether the user has written, of what was added", async () => {
      const { memberships } = stores();
      const user = newUser();
      await memberships.addWriter(user, membershipOf("general"));
      expect(await memberships.change(user, change(0, { state: "left" }))).toBe(true);
      expect(await memberships.find(user, "general")).toEqual({
        ...membershipOf("general"),
        ...{ hasWritten: true, state: "left", joinedAtMs: 2_000, rev: 1 },
      });
    });

    it("changes nothing when the membership went on since", async () => {
      const { memberships } = stores();
      const user = newUser();
      await memberships.change(user, change(0, { state: "invited" }));
      for (const fromRev of [0, 2]) {
        const late = change(fromRev, { mark: "late" });
        expect(await memberships.change(user, late)).toBe(false);
      }
      expect(await memberships.find(user, "general")).toMatchObject({ state: "invited", rev: 1 });
    });

    it("is told that it changed, however often it asks for the same change", async () => {
      const { memberships } = stores();
      const user = newUser();
      for (let asked = 0; asked < 3; asked += 1) {
        expect(await memberships.change(user, change(0, { state: "invited" }))).toBe(true);
      }
      expect(await memberships.find(user, "general")).toMatchObject({ rev: 1 });
    });

    it("lets exactly one of many racing changes through", async () => {
      const { memberships } = stores();
      const user = newUser();
      const states = ["invited", "left", "banned"] as const;
      const racers = Array.from({ length: 21 }, (_, n) =>
        change(0, { mark: `mark-${n}`, state: states[n % 3] ?? "left", fromSeq: n }),
      );
      const won = await Promise.all(racers.map((racer) => memberships.change(user, racer)));
      expect(won.filter(Boolean)).toHaveLength(1);
      const { fromSeq } = (await memberships.find(user, "general")) ?? {};
      expect(fromSeq).toBe(won.indexOf(true));
    });

    it("lists members with members, who is banned apart, and who has left nowhere", async () => {
      const { memberships } = stores();
      const room = `room-${randomUUID()}`;
      const users = { member: newUser(), invited: newUser(), left: newUser(), banned: newUser() };
      for (const [state, user] of Object.entries(users)) {
        await memberships.change(user, change(0, { room }));
        if (state === "member") continue;
        const next = state as "invited" | "left" | "banned";
        await memberships.change(user, change(1, { room, state: next }));
      }
      const names = async (which: "members" | "banned") => {
        const { members, more } = await memberships.listPage(room, which, undefined, 10);
        return { users: members.map(({ user }) => user), more };
      };
      expect(await names("members")).toEqual({ users: [users.member], more: false });
      expect(await names("banned")).toEqual({ users: [users.banned], more: false });
      expect(await memberships.listMembers(room, 10)).toHaveLength(1);
      const listed = async (user: string) =>
        (await memberships.list(user, undefined, 10)).map((found) => found.room);
      expect(await listed(users.member)).toEqual([room]);
      for (const user of [users.invited, users.left, users.banned]) {
        expect(await listed(user)).toEqual([]);
      }
      const invitations = await memberships.listInvitations(users.invited, 10);
      expect(invitations.map((found) => found.room)).toEqual([room]);
      expect(await memberships.listInvitations(users.member, 10)).toEqual([]);
    });

    it("lists members by name, page by page", async () => {
      const { memberships } = stores();
      const room = `room-${randomUUID()}`;
      const users = Array.from({ length: 5 }, newUser).sort();
      for (const user of users) await memberships.change(user, change(0, { room }));
      const first = await memberships.listPage(room, "members", undefined, 3);
      expect(first.members.map(({ user }) => user)).toEqual(users.slice(0, 3));
      expect(first.more).toBe(true);
      const rest = await memberships.listPage(room, "members", users[2], 3);
      expect(rest.members.map(({ user }) => user)).toEqual(users.slice(3));
      expect(rest.more).toBe(false);
    });
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
      await removeMembership(memberships, users[0] ?? "", name);
      const left = users.slice(1).map((user) => ({ user, readSeq: 5, readN: 4 }));
      expect(byUser(await memberships.listMembers(name, 2))).toEqual(byUser(left));
    });

    const byUser = (members: readonly Reader[] = []) =>
      members.toSorted((a, b) => (a.user < b.user ? -1 : 1));
  });

  describe("moveRead", () => {
    it("moves nothing of somebody who is no member any more (promise 7)", async () => {
      const { memberships } = stores();
      const user = newUser();
      await memberships.add(user, membershipOf("general"));
      await removeMembership(memberships, user, "general");
      expect(await memberships.moveRead(user, "general", { seq: 8, n: 7 })).toBe(false);
      expect(await memberships.find(user, "general")).toMatchObject({ readSeq: 5 });
    });

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

  describe("prefer", () => {
    const preferred = {
      notify: "mentions",
      hiddenAt: 9,
      unreadFrom: { seq: 4, n: 3 },
    } as const;

    it("sets and takes away what it names, and keeps all else", async () => {
      const { memberships } = stores();
      const user = newUser();
      const plain = membershipOf("general");
      await memberships.add(user, plain);
      const set = { ...plain, ...preferred };
      expect(await memberships.prefer(user, "general", preferred)).toEqual(set);
      expect(await memberships.find(user, "general")).toEqual(set);
      const { hiddenAt: _, ...shown } = { ...set, notify: "none" };
      const change = { hiddenAt: null, notify: "none" } as const;
      expect(await memberships.prefer(user, "general", change)).toEqual(shown);
      const none = { hiddenAt: null, notify: null, unreadFrom: null };
      expect(await memberships.prefer(user, "general", none)).toEqual(plain);
      expect(await memberships.list(user, undefined, 10)).toEqual([plain]);
    });

    it("makes no membership out of nothing, and changes none that has ended", async () => {
      const { memberships } = stores();
      const user = newUser();
      expect(await memberships.prefer(user, "general", preferred)).toBeUndefined();
      expect(await memberships.find(user, "general")).toBeUndefined();
      await memberships.add(user, membershipOf("lobby"));
      await removeMembership(memberships, user, "lobby");
      expect(await memberships.prefer(user, "lobby", preferred)).toBeUndefined();
      expect(await memberships.find(user, "lobby")).not.toHaveProperty("notify");
    });

    it("outlives a step of the membership, and of one who joins only what notifies", async () => {
      const { memberships } = stores();
      const user = newUser();
      await memberships.add(user, membershipOf("general"));
      await memberships.prefer(user, "general", preferred);
      const step = { room: "general", joinedAtMs: 2_000, role: "moderator" } as const;
      await memberships.change(user, { ...step, fromRev: 0, mark: "m-0" });
      expect(await memberships.find(user, "general")).toMatchObject(preferred);
      const read = { seq: 9, n: 8 };
      await memberships.change(user, { ...step, fromRev: 1, mark: "m-1", read });
      expect(await memberships.find(user, "general")).toEqual({
        ...step,
        notify: "mentions",
        rev: 2,
        readSeq: 9,
        readN: 8,
      });
    });

    it("marks as unread until the member reads on", async () => {
      const { memberships } = stores();
      const user = newUser();
      await memberships.add(user, membershipOf("general"));
      await memberships.prefer(user, "general", preferred);
      expect(await memberships.moveRead(user, "general", { seq: 5, n: 4 })).toBe(false);
      expect(await memberships.find(user, "general")).toMatchObject(preferred);
      expect(await memberships.moveRead(user, "general", { seq: 8, n: 7 })).toBe(true);
      expect(await memberships.find(user, "general")).not.toHaveProperty("unreadFrom");
    });

    it("takes a mark away only where it is", async () => {
      const { memberships } = stores();
      const user = newUser();
      expect(await memberships.takeMark(user, "general", 4)).toBe(false);
      await memberships.add(user, membershipOf("general"));
      expect(await memberships.takeMark(user, "general", 4)).toBe(false);
      await memberships.prefer(user, "general", preferred);
      expect(await memberships.takeMark(user, "general", 3)).toBe(false);
      expect(await memberships.find(user, "general")).toMatchObject(preferred);
      expect(await memberships.takeMark(user, "general", 4)).toBe(true);
      expect(await memberships.find(user, "general")).not.toHaveProperty("unreadFrom");
    });
  });
});
