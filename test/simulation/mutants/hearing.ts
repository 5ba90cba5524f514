/** Wrong ways to begin and cease to hear a room, and to read it: promises 2, 4, 7, 8 and 10. */

import { stateOf } from "../../../lib/actions/rooms/membershipSteps.ts";
import { unsubscribe } from "../../../lib/pubsub/subscribe.ts";
import { firstShard, roomTopic, userTopic } from "../../../lib/pubsub/topics.ts";
import { removeMembership } from "../../support/removeMembership.ts";
import {
  deadLeaveAndSync,
  forgetAndSync,
  leaveAndJoin,
  leaveAndSync,
  syncAndAppend,
} from "../cases/hearing.ts";
import { type Actions, realActions } from "../service.ts";
import { type Mutant, over, overDisconnect, withActions } from "./mutant.ts";

const leaveUnsubscribingFirst: Actions["leave"] = async ({ room }, { user }, ports) => {
  for await (const page of ports.subscriptions.listShard(userTopic(user), firstShard)) {
    for (const { connectionId } of page)
      await unsubscribe(ports, connectionId, roomTopic(room), async () => false);
  }
  await removeMembership(ports.memberships, user, room);
  return { type: "left", room };
};

export const hearingMutants: readonly Mutant[] = [
  {
    what: "a sync that subscribes nobody",
    promise: 4,
    small: syncAndAppend,
    service: over("sync", () => ({ subscriptions: { hear: async () => "heard" } })),
  },
  {
    what: "a join that subscribes before its user is a member",
    promise: 7,
    small: leaveAndJoin,
    service: over("join", ({ memberships }) => {
      let becomeMember = async () => true;
      return {
        memberships: {
          change: async (...args) => {
            becomeMember = () => memberships.change(...args);
            return true;
          },
          find: async (...args) => {
            const found = await memberships.find(...args);
            await becomeMember();
            return found;
          },
        },
      };
    }),
  },
  {
    what: "a join that subscribes nobody",
    promise: 4,
    small: syncAndAppend,
    service: over("join", () => ({ subscriptions: { hear: async () => "heard" } })),
  },
  {
    what: "a leave that unsubscribes nobody",
    promise: 7,
    small: leaveAndSync,
    service: over("leave", () => ({ subscriptions: { async *listShard() {} } })),
  },
  {
    what: "a leave that forgets its user's other devices",
    promise: 7,
    small: leaveAndSync,
    service: withActions({
      leave: (frame, caller, ports) => {
        const connectionId = caller.connection?.connectionId;
        const own = async function* (topic: string, shard: number) {
          for await (const page of ports.subscriptions.listShard(topic, shard))
            yield page.filter((one) => one.connectionId === connectionId);
        };
        const subscriptions = { ...ports.subscriptions, listShard: own };
        return realActions.leave(frame, caller, { ...ports, subscriptions });
      },
    }),
  },
  {
    what: "a leave that unsubscribes first and ends the membership then",
    promise: 7,
    small: leaveAndSync,
    service: withActions({ leave: leaveUnsubscribingFirst }),
  },
  {
    what: "a subscription that does not look again whether its user is a member",
    promise: 7,
    small: leaveAndSync,
    service: over("sync", ({ memberships }) => {
      const known = new Map<string, ReturnType<typeof memberships.find>>();
      return {
        memberships: {
          find: (user, room) => {
            const found = known.get(room) ?? memberships.find(user, room);
            known.set(room, found);
            return found;
          },
        },
      };
    }),
  },
  {
    what: "a subscription that hears before it is known whether it may",
    promise: 7,
    small: leaveAndSync,
    service: over("sync", ({ connections, subscriptions }) => ({
      connections: {
        addTopics: async (connectionId, shards, sizeMax) => {
          const noted = await connections.addTopics(connectionId, shards, sizeMax);
          const known = await connections.find(connectionId);
          if (noted === undefined || known === undefined) return noted;
          for (const [topic, shard] of noted.shards) {
            await subscriptions.hear({ ...known.connection, topic, shard }, noted.epoch);
          }
          return noted;
        },
      },
    })),
  },
  {
    what: "a subscription of a slow request that a leave does not withhold",
    promise: 7,
    small: leaveAndSync,
    service: over("leave", ({ subscriptions }) => ({
      subscriptions: {
        withhold: async ({ topic, shard, connectionId }) => {
          await subscriptions.removeAll([{ topic, shard, connectionId }]);
          return true;
        },
      },
    })),
  },
  {
    what: "a subscription that is not noted",
    promise: 7,
    small: leaveAndSync,
    service: over("sync", () => ({
      connections: { addTopics: async (_id, shards) => ({ shards, epoch: 0 }) },
    })),
  },
  {
    what: "a subscription that stays although its connection has gone since it was noted",
    promise: 8,
    small: forgetAndSync,
    service: over("sync", () => ({ subscriptions: { removeAll: async () => {} } })),
  },
  {
    what: "a sync that trusts a topic that is only noted",
    promise: 10,
    seenAs: 4,
    small: syncAndAppend,
    service: over("sync", ({ connections }) => ({
      connections: {
        find: async (connectionId) => {
          const known = await connections.find(connectionId);
          return known && { ...known, confirmed: new Set(known.topics.keys()) };
        },
      },
    })),
  },
  {
    what: "a sync that says that a topic is heard before it is",
    promise: 10,
    seenAs: 4,
    small: syncAndAppend,
    service: over("sync", ({ connections, subscriptions }) => ({
      subscriptions: {
        hear: async (subscription, epoch) => {
          const { topic, shard, connectionId } = subscription;
          await connections.confirmTopics(connectionId, new Map([[topic, shard]]), epoch);
          return subscriptions.hear(subscription, epoch);
        },
      },
    })),
  },
  {
    what: "a leave that removes the subscription before it takes back that it is heard",
    promise: 10,
    seenAs: 4,
    small: deadLeaveAndSync,
    service: over("leave", ({ connections, subscriptions }) => ({
      connections: {
        withdrawTopic: async (connectionId, topic, shard, revision) => {
          await subscriptions.removeAll([{ topic, shard, connectionId }]);
          return connections.withdrawTopic(connectionId, topic, shard, revision);
        },
      },
    })),
  },
  {
    what: "a disconnect that removes what names the rest first",
    promise: 8,
    small: forgetAndSync,
    service: withActions({
      disconnect: async (connectionId, ports) => {
        await ports.connections.removeAll([connectionId]);
        const topic = roomTopic("general");
        await ports.subscriptions.removeAll([{ topic, shard: firstShard, connectionId }]);
      },
    }),
  },
  {
    what: "a disconnect that lets its connection gain topics",
    promise: 8,
    small: forgetAndSync,
    service: overDisconnect(({ connections }) => ({
      connections: { end: (connectionId) => connections.find(connectionId) },
    })),
  },
  {
    what: "a leave that has nothing to do for who is no member, so that no retry completes it",
    promise: 10,
    seenAs: 7,
    small: leaveAndSync,
    service: withActions({
      leave: async (frame, caller, ports) =>
        stateOf(await ports.memberships.find(caller.user, frame.room)) === "member"
          ? realActions.leave(frame, caller, ports)
          : { type: "left", room: frame.room },
    }),
  },
];
