/** Who types in a room. A message of theirs ends it; so does time, which its room keeps. */
import type { RoomReducer } from "./roomSnapshot.ts";

export const typing: RoomReducer = (snapshot, change) => {
  const shown = snapshot.typing;
  const without = (user: string) =>
    shown.includes(user)
      ? { ...snapshot, typing: shown.filter((other) => other !== user) }
      : snapshot;
  switch (change.type) {
    case "typing":
      if (!change.on) return without(change.user);
      if (shown.includes(change.user)) return snapshot;
      return { ...snapshot, typing: [...shown, change.user] };
    case "event":
      return without(change.event.from);
    case "lost":
      return shown.length === 0 ? snapshot : { ...snapshot, typing: [] };
    default:
      return snapshot;
  }
};
