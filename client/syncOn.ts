/**
 * Syncs rooms on a connection that is about to take the place of another one, so that it hears them
 * before the other one closes. A room takes in the answers as those to any sync: it drops what it
 * has.
 */
import { errorOf } from "./chatError.ts";
import type { LogEvent } from "./frames.ts";
import type { Link } from "./link.ts";
import { syncFields, syncFrames } from "./syncFrames.ts";
import type { SyncingRoom } from "./syncs.ts";

interface HearingRoom extends SyncingRoom {
  receive(events: readonly LogEvent[]): void;
}

/**
 * Returns the rooms that are heard and have reached their head. The others have to be synced again
 * when the connection is in use: the answer refused them, or had not enough space.
 * @throws ChatError when trying again later may help
 */
export async function syncOn<R extends HearingRoom>(
  link: Link,
  rooms: Iterable<R>,
): Promise<Set<R>> {
  const heard = new Set<R>();
  for (const some of syncFrames([...rooms])) {
    const answer = await link.exchange("sync", syncFields(some));
    for (const one of answer.rooms) {
      const room = some.find(({ name }) => name === one.room);
      if ("error" in one) {
        if (one.error.retryable) throw errorOf(one.error);
      } else if (room) {
        room.receive(one.events);
        if (one.complete) heard.add(room);
      }
    }
  }
  return heard;
}
