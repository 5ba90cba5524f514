/**
 * Who hears a room: the subscriptions of its topics, as pages to post to or, for a small room, as
 * one list.
 */
import type { Subscription } from "../domain/model.ts";
import { topicsOfRoom } from "../domain/topics.ts";
import type { Subscribers } from "../ports.ts";
import { limits } from "../protocol/limits.ts";

/**
 * The subscriptions of several topics. All are asked for at once; a room has two topics at most.
 */
export async function* audienceOf(
  ports: { subscriptions: Subscribers },
  topics: readonly string[],
  pageSize?: number,
): AsyncGenerator<readonly Subscription[]> {
  const started = topics.map((topic) => {
    const pages = ports.subscriptions.list(topic, pageSize)[Symbol.asyncIterator]();
    const first = pages.next();
    first.catch(() => {}); // awaited below; until then a rejection must not count as unhandled
    return { pages, first };
  });
  for (const { pages, first } of started) {
    for (let page = await first; !page.done; page = await pages.next()) yield page.value;
  }
}

/** Everybody who hears a room, or undefined when that is more than presence and typing are for. */
export async function smallAudience(
  ports: { subscriptions: Subscribers },
  room: string,
): Promise<Subscription[] | undefined> {
  const audience: Subscription[] = [];
  const pageSize = limits.smallRoomConnections + 1;
  for await (const page of audienceOf(ports, topicsOfRoom(room), pageSize)) {
    audience.push(...page);
    if (audience.length > limits.smallRoomConnections) return undefined;
  }
  return audience;
}

export async function* onePageOf<T>(items: readonly T[]): AsyncGenerator<readonly T[]> {
  yield items;
}
