/** How far others have read. A position never goes back but with its log. */
import type { RoomReducer } from "./roomSnapshot.ts";
import { withFields } from "./withFields.ts";

export const reads: RoomReducer = (snapshot, change) => {
  if (change.type === "looked") return withFields(snapshot, { reads: change.reads });
  if (change.type !== "read") return snapshot;
  const { user, seq } = change;
  const known = snapshot.reads[user] ?? 0;
  return withFields(snapshot, { reads: { ...snapshot.reads, [user]: Math.max(known, seq) } });
};
