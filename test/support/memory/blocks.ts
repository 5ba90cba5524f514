/** Whom users block, in memory. */
import type { Blocks } from "../../../lib/ports.ts";

export function memoryBlocks(): Blocks {
  const users = new Map<string, Set<string>>();
  const blockedBy = (user: string) => users.get(user) ?? new Set<string>();
  return {
    async put(user, blocked) {
      users.set(user, blockedBy(user).add(blocked));
    },
    async remove(user, blocked) {
      blockedBy(user).delete(blocked);
    },
    async list(user, after = "", limit) {
      const found = [...blockedBy(user)].sort().filter((blocked) => blocked > after);
      return found.slice(0, limit);
    },
  };
}
