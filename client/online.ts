/** Who is online in a room. */
import type { RoomReducer } from "./roomSnapshot.ts";

export const online: RoomReducer = (snapshot, change) => {
  const shown = snapshot.online;
  switch (change.type) {
    case "looked":
      return same(shown, change.online) ? snapshot : { ...snapshot, online: change.online };
    case "presence": {
      const { user } = change;
      if (change.online === shown.includes(user)) return snapshot;
      const others = shown.filter((other) => other !== user);
      return { ...snapshot, online: change.online ? [...others, user].sort() : others };
    }
    case "lost":
      return shown.length === 0 ? snapshot : { ...snapshot, online: [] };
    default:
      return snapshot;
  }
};

const same = (some: readonly string[], others: readonly string[]) => `${some}` === `${others}`;
