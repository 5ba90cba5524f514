/** Wrong ways to look at a room, and to show things to those who do: promise 7. */
import type { KnownConnection, Ports } from "../../../lib/ports.ts";
import { isFocusTopic } from "../../../lib/pubsub/topics.ts";
import { leaveAndLook, leaveOfALooker, twoLooks } from "../cases/focus.ts";
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
