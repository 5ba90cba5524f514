/** Memberships in memory. */
import type { Member, Membership } from "../../../lib/model.ts";
import type { Memberships } from "../../../lib/ports.ts";

export function memoryMemberships(): Memberships {
  const users = new Map<string, Map<string, Membership>>();
  const marks = new Map<string, string>();
  const roomsOf = (user: string) => users.get(user) ?? new Map<string, Membership>();
  const membersOf = (room: string, state?: Membership["state"]): Member[] =>
    [...users]
      .flatMap(([user, rooms]) => {
        const { room: _, ...found } = rooms.get(room) ?? { room: undefined };
        return "joinedAtMs" in found && found.state === state ? [{ user, ...found }] : [];
      })
      .sort((a, b) => (a.user < b.user ? -1 : 1));
  return {
    async find(user, room) {
      return structuredClone(roomsOf(user).get(room));
    },
    async list(user, after, limit) {
      const found = [...roomsOf(user).values()]
        .filter(({ room }) => after === undefined || room > after)
        .filter(({ state }) => state === undefined)
        .sort((a, b) => (a.room < b.room ? -1 : 1));
      return structuredClone(found.slice(0, limit));
    },
    async listInvitations(user, limit) {
      const found = [...roomsOf(user).values()]
        .filter(({ state }) => state === "invited")
        .sort((a, b) => (a.room < b.room ? -1 : 1));
      return structuredClone(found.slice(0, limit));
    },
    async add(user, membership) {
      const rooms = roomsOf(user);
      if (rooms.has(membership.room)) return;
      users.set(user, rooms.set(membership.room, structuredClone(membership)));
    },
    async addWriter(user, membership) {
      const rooms = roomsOf(user);
      const {
        state: _,
        invitedBy: __,
        rev: ___,
        ...kept
      } = structuredClone(rooms.get(membership.room) ?? membership);
      users.set(user, rooms.set(membership.room, { ...kept, hasWritten: true }));
    },
    async listUsers(room, max) {
      const members = membersOf(room);
      return members.length > max ? undefined : members.map(({ user }) => user);
    },
    async listMembers(room, max) {
      const members = membersOf(room);
      if (members.length > max) return undefined;
      return members.map(({ user, readSeq, readN }) => ({ user, readSeq, readN }));
    },
    async listPage(room, which, after, limit) {
      const found = membersOf(room, which === "banned" ? which : undefined);
      const behind = found.filter(({ user }) => after === undefined || user > after);
      const members = structuredClone(behind.slice(0, limit));
      return { members, more: behind.length > limit };
    },
    async change(user, { fromRev, mark, read, ...becomes }) {
      const rooms = roomsOf(user);
      const { room } = becomes;
      const before = rooms.get(room);
      const key = `${user}\n${room}`;
      if ((before?.rev ?? 0) !== fromRev) return marks.get(key) === mark;
      marks.set(key, mark);
      const readSeq = read?.seq ?? before?.readSeq ?? 0;
      const readN = read?.n ?? before?.readN ?? 0;
      const { hasWritten, notify, hiddenAt, unreadFrom } = before ?? {};
      const kept = { hasWritten, notify, ...(!read && { hiddenAt, unreadFrom }) };
      const all = Object.entries({ ...becomes, ...kept });
      const set = all.filter(([, value]) => value !== undefined);
      const next = { ...Object.fromEntries(set), rev: fromRev + 1, readSeq, readN };
      users.set(user, rooms.set(room, structuredClone(next) as Membership));
      return true;
    },
    async prefer(user, room, change) {
      const rooms = roomsOf(user);
      const before = rooms.get(room);
      if (before === undefined || before.state) return undefined;
      const set = Object.entries({ ...before, ...change }).filter(([, value]) => value !== null);
      rooms.set(room, structuredClone(Object.fromEntries(set)) as unknown as Membership);
      return structuredClone(rooms.get(room));
    },
    async takeMark(user, room, seq) {
      const membership = roomsOf(user).get(room);
      if (membership?.unreadFrom?.seq !== seq) return false;
      delete membership.unreadFrom;
      return true;
    },
    async moveRead(user, room, { seq, n }) {
      const membership = roomsOf(user).get(room);
      if (membership === undefined || membership.state || membership.readSeq >= seq) return false;
      membership.readSeq = seq;
      membership.readN = n;
      delete membership.unreadFrom;
      return true;
    },
  };
}
