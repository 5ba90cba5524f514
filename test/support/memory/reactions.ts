/** Who reacted to messages, in memory. */

import type { Reactions } from "../../../lib/messagePorts.ts";
import type { Reactor } from "../../../lib/model.ts";

export interface MemoryReactions extends Reactions {
  /** All of a message's. */
  forget(room: string, seq: number): void;
}

/** `onChange` is called with every message that somebody reacted to, or did not any more. */
export function memoryReactions(
  onChange: (room: string, seq: number) => void = () => {},
): MemoryReactions {
  const messages = new Map<string, Map<string, Map<string, number>>>();
  const reactorsOf = (room: string, seq: number) => messages.get(`${room}#${seq}`) ?? new Map();
  const reactorOf = (user: string, times: ReadonlyMap<string, number>): Reactor => ({
    user,
    emoji: [...times].sort().map(([emoji, atMs]) => ({ emoji, atMs })),
  });
  return {
    async put(room, seq, user, emoji, atMs) {
      const reactors: Map<string, Map<string, number>> = reactorsOf(room, seq);
      const times = reactors.get(user) ?? new Map<string, number>();
      messages.set(`${room}#${seq}`, reactors.set(user, times));
      if (times.has(emoji)) return;
      times.set(emoji, atMs);
      onChange(room, seq);
    },
    async remove(room, seq, user, emoji) {
      if (reactorsOf(room, seq).get(user)?.delete(emoji)) onChange(room, seq);
    },
    forget(room, seq) {
      messages.delete(`${room}#${seq}`);
    },
    async find(room, seq, user) {
      const times = reactorsOf(room, seq).get(user);
      return times?.size ? reactorOf(user, times) : undefined;
    },
    async list(room, seq, { emoji, after = "", limit }) {
      const reactors: Map<string, Map<string, number>> = reactorsOf(room, seq);
      return [...reactors]
        .filter(([user, times]) => user > after && times.size > 0)
        .filter(([, times]) => emoji === undefined || times.has(emoji))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, limit)
        .map(([user, times]) => reactorOf(user, times));
    },
  };
}
