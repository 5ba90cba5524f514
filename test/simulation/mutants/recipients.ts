/** Wrong ways to treat who is to be told: promises 4, 8 and 11. */
import type { Subscription, SubscriptionKey } from "../../../lib/model.ts";
import type { Ports, Sockets } from "../../../lib/ports.ts";
import { firstShard } from "../../../lib/pubsub/topics.ts";
import type { Subscribers } from "../../../lib/subscriptionPorts.ts";
import { handshake410 } from "../cases/directRooms.ts";
import { leaveAndAppend, syncAndAppend } from "../cases/hearing.ts";
import { illRecipients, silentRecipient } from "../cases/recipients.ts";
import { realActions } from "../service.ts";
import { type Mutant, overSend, withActions } from "./mutant.ts";

/** Subscriptions as a publish sees them, of a room or a user. */
const hearing = (
  { subscriptions }: Pick<Ports, "subscriptions">,
  change: (page: Subscription[]) => Subscription[],
): Partial<Ports["subscriptions"]> => ({
  listSome: async (topic, max) => {
    const { found, isAll } = await subscriptions.listSome(topic, max);
    return { found: change(found), isAll };
  },
  async *listShard(topic, shard) {
    for await (const page of subscriptions.listShard(topic, shard)) yield change(page);
  },
});

/** One post after the other, until `goesOn` says that there is no other. */
function inTurn({ sockets }: Ports, goesOn: (result: string) => boolean): Partial<Sockets> {
  let before: Promise<boolean> = Promise.resolve(true);
  return {
    async post(...args) {
      const isOn = before;
      const result = isOn.then((on) => (on ? sockets.post(...args) : "failed"));
      before = Promise.all([isOn, result]).then(([on, last]) => on && goesOn(last));
      return result;
    },
  };
}

export const recipientMutants: readonly Mutant[] = [
  {
    what: "a publish that does not read its subscribers again behind the put",
    promise: 4,
    small: syncAndAppend,
    service: overSend(({ subscriptions }) => {
      let early: ReturnType<typeof subscriptions.listSome> | undefined;
      return {
        subscriptions: {
          listSome: (...args) => {
            early ??= subscriptions.listSome(...args);
            return early;
          },
        },
      };
    }),
  },
  {
    what: "a publish that remembers subscribers from one message to the next",
    promise: 7,
    small: leaveAndAppend,
    service: () => {
      let known: ReturnType<Subscribers["listSome"]> | undefined;
      return overSend(({ subscriptions }) => {
        const remembered = known;
        let isEarly = true;
        return {
          subscriptions: {
            listSome: (...args) => {
              if (remembered && isEarly) {
                isEarly = false;
                return remembered;
              }
              known = subscriptions.listSome(...args);
              return known;
            },
          },
        };
      })();
    },
  },
  {
    what: "a publish that reads the first page of its subscribers",
    promise: 4,
    small: illRecipients,
    service: overSend((ports) => ({ subscriptions: hearing(ports, (page) => page.slice(0, 2)) })),
  },
  {
    what: "a publish that stops at the first who is gone",
    promise: 4,
    small: illRecipients,
    service: overSend((ports) => ({ sockets: inTurn(ports, (result) => result !== "gone") })),
  },
  {
    what: "a publish that tells one after the other",
    promise: 8,
    small: silentRecipient,
    service: overSend((ports) => ({ sockets: inTurn(ports, () => true) })),
  },
  {
    what: "a publish that takes who is throttled for gone",
    promise: 8,
    small: illRecipients,
    service: overSend(({ sockets }) => ({
      sockets: {
        post: async (...args) => {
          const result = await sockets.post(...args);
          return result === "throttled" ? "gone" : result;
        },
      },
    })),
  },
  {
    what: "a publish that forgets nobody",
    promise: 8,
    small: illRecipients,
    service: overSend(({ sockets }) => ({
      sockets: {
        post: async (...args) => {
          const result = await sockets.post(...args);
          return result === "gone" ? "failed" : result;
        },
      },
    })),
  },
  {
    what: "a publish that forgets the sender when a recipient is gone",
    promise: 8,
    small: illRecipients,
    service: withActions({
      send: (frame, caller, ports, options) => {
        const own = options.exceptConnection ?? "";
        const removeAll = (keys: readonly SubscriptionKey[]) =>
          ports.subscriptions.removeAll(keys.map((key) => ({ ...key, connectionId: own })));
        const subscriptions = { ...ports.subscriptions, removeAll };
        const connections = {
          ...ports.connections,
          findAll: () => ports.connections.findAll([own]),
        };
        return realActions.send(frame, caller, { ...ports, subscriptions, connections }, options);
      },
    }),
  },
  {
    what: "a publish that forgets whose handshake is not over",
    promise: 8,
    small: handshake410,
    service: overSend((ports) => ({
      subscriptions: hearing(ports, (page) => page.map((one) => ({ ...one, connectedAtMs: 0 }))),
    })),
  },
  {
    what: "a connect that subscribes before it notes the connection",
    promise: 10,
    seenAs: 8,
    small: handshake410,
    service: withActions({
      connect: async (connection, { connections, subscriptions }) => {
        const topic = `user:${connection.user}`;
        await subscriptions.put({ ...connection, topic, shard: firstShard });
        await connections.add(connection, [topic]);
      },
    }),
  },
  {
    what: "a publish through the sender's gateway",
    promise: 11,
    seenAs: 4,
    small: syncAndAppend,
    service: overSend(({ sockets }) => ({
      sockets: { post: (to, ...rest) => sockets.post({ ...to, gateway: own }, ...rest) },
    })),
  },
  {
    what: "a publish that leaves other gateways to others",
    promise: 11,
    seenAs: 4,
    small: syncAndAppend,
    service: overSend((ports) => ({
      subscriptions: hearing(ports, (page) => page.filter(({ gateway }) => gateway === own)),
    })),
  },
  {
    what: "a connection that is remembered to be on another gateway than it is",
    promise: 11,
    seenAs: 4,
    small: handshake410,
    service: withActions({
      connect: (connection, ports) => realActions.connect({ ...connection, gateway: own }, ports),
    }),
  },
];

/** Alice's, who sends. */
const own = "http://gateway-1";
