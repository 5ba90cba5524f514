/** Notes of mentions, in memory. */

import type { Mention } from "../../../lib/model.ts";
import type { Mentions } from "../../../lib/ports.ts";

export function memoryMentions(): Mentions {
  const users = new Map<string, Map<string, Mention>>();
  const notesOf = (user: string) => users.get(user) ?? new Map<string, Mention>();
  const keyOf = ({ atMs, tag = "" }: { atMs: number; tag?: string }) =>
    String(atMs).padStart(16, "0") + (tag && `#${tag}`);
  return {
    async put(to, mention) {
      for (const user of to) {
        users.set(user, notesOf(user).set(keyOf(mention), structuredClone(mention)));
      }
    },
    async list(user, before, limit) {
      const newestFirst = [...notesOf(user)].sort(([a], [b]) => (a < b ? 1 : -1));
      const older = newestFirst.filter(([key]) => before === undefined || key < keyOf(before));
      return older.slice(0, limit).map(([, mention]) => structuredClone(mention));
    },
    async remove(users, mentions) {
      for (const user of users) {
        for (const mention of mentions) notesOf(user).delete(keyOf(mention));
      }
    },
  };
}
