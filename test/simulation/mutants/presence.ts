/** Wrong ways to know whether it is news that a user is online: promise 4. */
import type { Ports } from "../../../lib/ports.ts";
import { firstShard, roomTopic, userTopic } from "../../../lib/pubsub/topics.ts";
import { room } from "../cases/frames.ts";
import { comingAndGoing, handOverAndGoing, twoComingAnew } from "../cases/presence.ts";
import { type Mutant, over, overDisconnect } from "./mutant.ts";

export const presenceMutants: readonly Mutant[] = [
  {
    what: "a device that looks for others before it hears, and not behind that",
    promise: 4,
    small: comingAndGoing,
    service: over("sync", ({ connections, subscriptions }, user) => {
      let seen: Awaited<ReturnType<typeof heardBy>> = [];
      return {
        connections: { findAll: async () => seen },
        subscriptions: {
          hear: async (...args) => {
            seen = await heardBy({ connections, subscriptions }, user);
            return subscriptions.hear(...args);
          },
          heardOf: async (keys) => [...keys],
        },
      };
    }),
  },
  {
    what: "two devices that each leave it to the other to say that their user is online",
    promise: 4,
    small: twoComingAnew,
    service: over("sync", ({ connections }) => ({
      connections: {
        findAll: async (ids) =>
          (await connections.findAll(ids)).map((known) => ({
            ...known,
            confirmed: new Set(known.topics.keys()),
          })),
      },
    })),
  },
  {
    what: "a device that goes and looks for others once",
    promise: 4,
    small: handOverAndGoing,
    service: overDisconnect(({ subscriptions }) => {
      let first: ReturnType<typeof subscriptions.heardOf> | undefined;
      return {
        subscriptions: {
          heardOf: (keys) => {
            first ??= subscriptions.heardOf(keys);
            return first;
          },
        },
      };
    }),
  },
];

/** The connections of a user that hear the room. */
async function heardBy(
  { connections, subscriptions }: Pick<Ports, "connections" | "subscriptions">,
  user: string,
) {
  const ids: string[] = [];
  for await (const page of subscriptions.listShard(userTopic(user), firstShard)) {
    ids.push(...page.map(({ connectionId }) => connectionId));
  }
  const known = await connections.findAll(ids);
  const keys = known.flatMap(({ connection: { connectionId }, topics }) => {
    const shard = topics.get(roomTopic(room));
    return shard === undefined ? [] : { topic: roomTopic(room), shard, connectionId };
  });
  const heard = await subscriptions.heardOf(keys);
  return known.filter(({ connection }) =>
    heard.some(({ connectionId }) => connectionId === connection.connectionId),
  );
}
