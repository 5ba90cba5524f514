/**
 * How to ask for a sync of many rooms: in as few frames as the service takes. It counts a frame's
 * rooms, and its bytes, of which names of direct rooms may take most.
 */
import type { Fields } from "./frames.ts";
import { limits } from "./limits.ts";

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
    const more = bytesOf(syncFields([room]));
    const last = frames.at(-1);
    if (last && last.length < limits.syncRooms && bytes + more <= bytesMax) {
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

/** Counts the braces for every room, so more than it takes. Names and tags are ASCII. */
const bytesOf = (fields: Fields<"sync">) => JSON.stringify(fields).length;

/** What `{"action":"sync","id":"…"}` leaves, with an id of as many digits as a number has. */
const bytesMax = limits.frameBytes - 64;
