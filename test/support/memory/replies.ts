/** Threads in memory. */
import type { Replies } from "../../../lib/messagePorts.ts";
import type { Reply } from "../../../lib/model.ts";

export interface MemoryReplies extends Replies {
  /** All of a root's, and who follows its thread. */
  forget(room: string, root: number): void;
}

export function memoryReplies(): MemoryReplies {
  const threads = new Map<string, Map<number, Reply>>();
  const followers = new Set<string>();
  const repliesTo = (room: string, root: number) => {
    const key = `${room}#${root}`;
    const there = threads.get(key) ?? new Map<number, Reply>();
    threads.set(key, there);
    return there;
  };
  const followerOf = (room: string, root: number, user: string) => `${room}#${root}@${user}`;
  return {
    forget(room, root) {
      threads.delete(`${room}#${root}`);
      const prefix = followerOf(room, root, "");
      for (const one of followers) if (one.startsWith(prefix)) followers.delete(one);
    },
    async put(room, root, { seq, user }) {
      const there = repliesTo(room, root);
      if (!there.has(seq)) there.set(seq, { seq, user, isDeleted: false });
    },
    async markDeleted(room, root, { seq, user }) {
      repliesTo(room, root).set(seq, { seq, user, isDeleted: true });
    },
    async list(room, root, { after = 0, before = Number.POSITIVE_INFINITY, limit, order }) {
      const direction = order === "oldest first" ? 1 : -1;
      const found = [...repliesTo(room, root).values()]
        .filter(({ seq }) => seq > after && seq < before)
        .sort((a, b) => direction * (a.seq - b.seq));
      return structuredClone(found.slice(0, limit));
    },
    async follow(room, root, users) {
      for (const user of users) followers.add(followerOf(room, root, user));
    },
    isFollowing: async (room, root, user) => followers.has(followerOf(room, root, user)),
  };
}
