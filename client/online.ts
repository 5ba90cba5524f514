/** Who is online in a room, in order of their names. */
import type { RoomReducer } from "./roomSnapshot.ts";
import { withFields } from "./withFields.ts";

export const online: RoomReducer = (snapshot, change) => {
  switch (change.type) {
    case "looked":
      return withFields(snapshot, { online: change.online });
    case "presence": {
      const others = snapshot.online.filter((user) => user !== change.user);
      const now = change.online ? [...others, change.user].sort() : others;
      return withFields(snapshot, { online: now });
    }
    case "lost":
      return withFields(snapshot, { online: [] });
    default:
      return snapshot;
  }
};
