/** Deleting what is past its time, in memory. */
import type { Expiry, Walk } from "../../../lib/retentionPorts.ts";
import type { MemoryLog } from "./messageLog.ts";
import type { MemoryReactions } from "./reactions.ts";
import type { MemoryReplies } from "./replies.ts";

interface Stores {
  log: Pick<MemoryLog, "onExpiry">;
  reactions: Pick<MemoryReactions, "forget">;
  replies: Pick<MemoryReplies, "forget">;
}

export function memoryExpiry({ log: { onExpiry }, reactions, replies }: Stores): Expiry {
  let walk: Walk | undefined;
  const removeHanging = (room: string, seq: number) => {
    reactions.forget(room, seq);
    replies.forget(room, seq);
  };
  return {
    async listLogs(place) {
      const logs = onExpiry
        .oldest()
        .map(([room, { sentAtMs: oldestMs }]) => ({ room, oldestMs }))
        .filter(({ room }) => room > place)
        .sort((a, b) => (a.room < b.room ? -1 : 1));
      const [page, last] = [logs.slice(0, 2), logs[1]];
      return { logs: page, ...(logs.length > page.length && last && { place: last.room }) };
    },
    async begin(room, begins) {
      onExpiry.begin(room, begins);
    },
    async remove(room, seqs) {
      for (const seq of seqs) removeHanging(room, seq);
      onExpiry.remove(room, seqs);
    },
    async empty(room, seq, nowMs) {
      removeHanging(room, seq);
      onExpiry.empty(room, seq, nowMs);
    },
    findWalk: async () => walk,
    async putWalk(next) {
      walk = next;
    },
  };
}
