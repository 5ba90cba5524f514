/** How far others have read. A position never goes back but with its log. */
import type { RoomReducer } from "./roomSnapshot.ts";

export const reads: RoomReducer = (snapshot, change) => {
  switch (change.type) {
    case "looked":
      return JSON.stringify(snapshot.reads) === JSON.stringify(change.reads)
        ? snapshot
        : { ...snapshot, reads: change.reads };
    case "read":
      return change.seq <= (snapshot.reads[change.user] ?? 0)
        ? snapshot
        : { ...snapshot, reads: { ...snapshot.reads, [change.user]: change.seq } };
    default:
      return snapshot;
  }
};
