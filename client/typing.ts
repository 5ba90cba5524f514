/** Who types in a room. A message of theirs ends it; so does time, which its room keeps. */
import type { RoomReducer } from "./roomSnapshot.ts";
import { withFields } from "./withFields.ts";

export const typing: RoomReducer = (snapshot, change) => {
  const shown = snapshot.typing;
  const without = (user: string) =>
    withFields(snapshot, { typing: shown.filter((other) => other !== user) });
  switch (change.type) {
    case "typing":
      if (!change.on) return without(change.user);
      return withFields(snapshot, { typing: [...new Set([...shown, change.user])] });
    case "event":
      return without(change.event.from);
    case "lost":
      return withFields(snapshot, { typing: [] });
    default:
      return snapshot;
  }
};
