/** Wrong ways to look at a room, and to show things to those who do: promise 7. */
import type { KnownConnection, SubscriptionKey } from "../../../lib/model.ts";
import type { Ports } from "../../../lib/ports.ts";
import { isFocusTopic } from "../../../lib/pubsub/topics.ts";
import { leaveAndLook, leaveOfALooker, racingLooks, twoLooks } from "../cases/focus.ts";
import { syncAndType } from "../cases/hearing.ts";
import { type Mutant, over } from "./mutant.ts";

const withoutLooks = (known: KnownConnection): KnownConnection => ({
  ...known,
  topics: new Map([...known.topics].filter(([topic]) => !isFocusTopic(topic))),
});

export const focusMutants: readonly Mutant[] = [
  {
    what: "a leave that keeps what the user looks at",
    promise: 7,
    small: leaveOfALooker,
    service: over("leave", ({ connections }: Ports) => ({
      connections: {
        findAll: async (ids) => (await connections.findAll(ids)).map(withoutLooks),
      },
    })),
  },
  {
    what: "a look that asks for the membership before it subscribes, and not behind that",
    promise: 7,
    small: leaveAndLook,
    service: over("focus", ({ memberships }) => {
      let first: ReturnType<typeof memberships.find> | undefined;
      return {
        memberships: {
          find: (...args) => {
            first ??= memberships.find(...args);
            return first;
          },
        },
      };
    }),
  },
  {
    what: "a hint that goes to those who hear a room",
    promise: 7,
    small: syncAndType,
    service: over("typing", ({ subscriptions }) => ({
      subscriptions: {
        listSome: (topic, max) => subscriptions.listSome(topic.replace("focus:", "room:"), max),
      },
    })),
  },
  {
    what: "a look that is shown hints before it is known whether it may",
    promise: 7,
    small: leaveAndLook,
    service: over("focus", ({ subscriptions }) => ({
      subscriptions: {
        reserve: async (subscription) => {
          await subscriptions.put(subscription);
          return "reserved";
        },
      },
    })),
  },
  {
    what: "a look that replaces what another look has changed since",
    promise: 7,
    small: racingLooks,
    service: over("focus", ({ connections }) => ({
      connections: {
        replaceTopics: async (id, topics, replaced) => {
          const now = await connections.find(id);
          return connections.replaceTopics(id, topics, replaced, now?.revision ?? 0);
        },
      },
    })),
  },
  {
    what: "a look that believes that the connection is shown what its item names",
    promise: 10,
    seenAs: 7,
    small: racingLooks,
    service: over("focus", () => ({ subscriptions: { heardOf: async (keys) => [...keys] } })),
  },
  {
    what: "a look that names its rooms no more before it removes their subscriptions",
    promise: 10,
    seenAs: 8,
    small: twoLooks,
    service: over("focus", ({ connections, subscriptions }) => {
      const removed: SubscriptionKey[] = [];
      return {
        subscriptions: {
          removeAll: async (keys) => {
            removed.push(...keys);
          },
        },
        connections: {
          replaceTopics: async (...args) => {
            const noted = await connections.replaceTopics(...args);
            await subscriptions.removeAll(removed);
            return noted;
          },
        },
      };
    }),
  },
  {
    what: "a look that adds to what the connection looked at before",
    promise: 7,
    small: twoLooks,
    service: over("focus", ({ connections }) => ({
      connections: {
        find: async (id) => {
          const known = await connections.find(id);
          return known && withoutLooks(known);
        },
      },
    })),
  },
];
