/**
 * Who hears a room. A small audience is one list; of one that may be large, pages to post to. A
 * direct room has its users' topics, which are never split.
 */
import type { Subscription } from "../model.ts";
import type { Subscribers } from "../ports.ts";
import { limits } from "../protocol/limits.ts";
import type { Room } from "../protocol/names.ts";
import { firstShard, topicsOf } from "./topics.ts";

/** The subscriptions of users' topics. All are asked for at once: a direct room has two at most. */
export async function* audienceOfUsers(
  ports: { subscriptions: Subscribers },
  topics: readonly string[],
): AsyncGenerator<readonly Subscription[]> {
  const started = topics.map((topic) => {
    const pages = ports.subscriptions.listShard(topic, firstShard)[Symbol.asyncIterator]();
    const first = pages.next();
    first.catch(() => {}); // awaited below; until then a rejection must not count as unhandled
    return { pages, first };
  });
  for (const { pages, first } of started) {
    for (let page = await first; !page.done; page = await pages.next()) yield page.value;
  }
}

/** Up to `max` of those who hear a room, and whether that is everybody. */
export async function someAudience(
  ports: { subscriptions: Subscribers },
  room: Room,
  max: number,
): Promise<{ found: Subscription[]; isAll: boolean }> {
  const parts = await Promise.all(
    topicsOf(room).map((topic) => ports.subscriptions.listSome(topic, max)),
  );
  const found = parts.flatMap((part) => part.found);
  return { found: found.slice(0, max), isAll: parts.every((p) => p.isAll) && found.length <= max };
}

/** Everybody who hears a room, or undefined when that is more than presence and typing are for. */
export async function smallAudience(
  ports: { subscriptions: Subscribers },
  room: Room,
): Promise<Subscription[] | undefined> {
  const { found, isAll } = await someAudience(ports, room, limits.smallRoomConnections);
  return isAll ? found : undefined;
}

export async function* onePageOf<T>(items: readonly T[]): AsyncGenerator<readonly T[]> {
  yield items;
}
