/**
 * Memberships of one user that are asked for at the same moment, found in one read. A `sync` asks
 * for those of all its rooms: one by one they are a read unit each, while some sixteen of them,
 * which lie side by side in the user's partition, are a read unit together.
 *
 * Nothing is remembered: each is read, strongly, after it was asked for.
 */
import type { Table } from "./client.ts";
import { type Item, memberKey } from "./items.ts";
import { getItem, pagesOf } from "./read.ts";

/**
 * Items read for each that is wanted, at most: about as many as a read unit holds (4 KB). Somebody
 * with thousands of rooms who asks for two that lie far apart gets them one by one.
 */
const readPerWanted = 16;

export type Find = (user: string, room: string) => Promise<Item | undefined>;

export function findTogether(table: Table): Find {
  const asked = new Map<string, { rooms: Set<string>; found: Promise<Map<string, Item>> }>();
  return async (user, room) => {
    let asking = asked.get(user);
    if (asking === undefined) {
      const rooms = new Set<string>();
      // The rest of those who ask now have done so when this goes on.
      const found = Promise.resolve().then(() => {
        asked.delete(user);
        return findAll(table, user, [...rooms]);
      });
      asking = { rooms, found };
      asked.set(user, asking);
    }
    asking.rooms.add(room);
    return (await asking.found).get(room);
  };
}

async function findAll(
  table: Table,
  user: string,
  rooms: readonly string[],
): Promise<Map<string, Item>> {
  const found = new Map<string, Item>();
  const wanted = new Map(rooms.map((room) => [memberKey(user, room).sk, room]));
  const keep = (item: Item) => {
    const room = wanted.get(item["sk"]?.S ?? "");
    if (room !== undefined) found.set(room, item);
  };
  const keys = [...wanted.keys()].toSorted();
  const reached = keys.length > 1 ? await readSideBySide(table, user, keys, keep) : "";
  const left = keys.filter((sk) => sk > reached);
  for (const item of await Promise.all(left.map((sk) => getItem(table, { pk: pkOf(user), sk })))) {
    if (item) keep(item);
  }
  return found;
}

const pkOf = (user: string): string => memberKey(user, "").pk;

/** The sort key that it came to. `keys`: in order. */
async function readSideBySide(
  table: Table,
  user: string,
  keys: readonly string[],
  keep: (item: Item) => void,
): Promise<string> {
  const [first = "", last = ""] = [keys[0], keys.at(-1)];
  const query = {
    KeyConditionExpression: "pk = :pk AND sk BETWEEN :first AND :last",
    ExpressionAttributeValues: {
      ":pk": { S: pkOf(user) },
      ":first": { S: first },
      ":last": { S: last },
    },
    ConsistentRead: true,
    Limit: keys.length * readPerWanted,
  };
  let left = query.Limit;
  for await (const { Items = [], LastEvaluatedKey } of pagesOf(table, query)) {
    for (const item of Items) keep(item);
    left -= Items.length;
    if (LastEvaluatedKey && left <= 0) return LastEvaluatedKey["sk"]?.S ?? "";
  }
  return last;
}
