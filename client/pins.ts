/** The messages that are pinned. Entries may come in any order: the higher `rev` counts. */
import type { RoomReducer } from "./roomSnapshot.ts";
import { withFields } from "./withFields.ts";

export const pins: RoomReducer = (snapshot, change) => {
  if (change.type === "looked") return withFields(snapshot, { pins: change.pins });
  if (change.type !== "set") return snapshot;
  const { set, rev = 0 } = change.event;
  if (!set.pins || rev < snapshot.rev) return snapshot;
  return withFields(snapshot, { pins: set.pins, rev });
};
