/**
 * How to ask for a sync of many rooms: in as few frames as the service takes. It counts a frame's
 * rooms, and the bytes of their names: those of direct rooms may be long.
 */
import type { Fields } from "./frames.ts";
import * as limits from "./limits.ts";

/** A room, the position from which to go on, and the event there. */
export interface Synced {
  readonly name: string;
  readonly cursor: number;
  readonly tag?: string | undefined;
}

/** The rooms, in their order, divided among frames. */
export function syncFrames<R extends Synced>(rooms: readonly R[]): R[][] {
  const frames: R[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const room of rooms) {
    const more = JSON.stringify(room.name).length + 1; // names are ASCII
    const last = frames.at(-1);
    if (last && last.length < limits.syncRooms && bytes + more < limits.syncNameBytes) {
      last.push(room);
      bytes += more;
    } else {
      frames.push([room]);
      bytes = more;
    }
  }
  return frames;
}

/** What a `sync` of these rooms says. */
export function syncFields(rooms: readonly Synced[]): Fields<"sync"> {
  const cursors = Object.fromEntries(rooms.map(({ name, cursor }) => [name, cursor]));
  const tags = rooms.flatMap(({ name, tag }) => (tag === undefined ? [] : [[name, tag] as const]));
  return { rooms: cursors, ...(tags.length > 0 && { tags: Object.fromEntries(tags) }) };
}
