/** Memberships in memory. */
import type { Membership } from "../../../lib/model.ts";
import type { Memberships } from "../../../lib/ports.ts";

export function memoryMemberships(): Memberships {
  const users = new Map<string, Map<string, Membership>>();
  const roomsOf = (user: string) => users.get(user) ?? new Map<string, Membership>();
  return {
    async find(user, room) {
      return structuredClone(roomsOf(user).get(room));
    },
    async list(user, after, limit) {
      const found = [...roomsOf(user).values()]
        .filter(({ room }) => after === undefined || room > after)
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
      const kept = structuredClone(rooms.get(membership.room) ?? membership);
      users.set(user, rooms.set(membership.room, { ...kept, hasWritten: true }));
    },
    async listMembers(room, max) {
      const members = [...users].flatMap(([user, rooms]) => {
        const membership = rooms.get(room);
        return membership ? [{ user, readSeq: membership.readSeq, readN: membership.readN }] : [];
      });
      return members.length > max ? undefined : members;
    },
    async remove(user, room) {
      roomsOf(user).delete(room);
    },
    async moveRead(user, room, { seq, n }) {
      const membership = roomsOf(user).get(room);
      if (membership === undefined || membership.readSeq >= seq) return false;
      membership.readSeq = seq;
      membership.readN = n;
      return true;
    },
  };
}
