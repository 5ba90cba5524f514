/**
 * Rooms that are too large for their senders' functions: from more than two connections on here. A
 * fan-out that sees so few lets the room be a small one again, so it goes back and forth.
 */
import { roomTopic } from "../../../lib/pubsub/topics.ts";
import type { SmallCase } from "../caseShape.ts";
import { join, leave, room, say, sync } from "./frames.ts";

const large = { kills: 1, rooms: [room], largeRoomConnections: 2 };

export const largeAlone: SmallCase = {
  ...large,
  title: "an append to a large room",
  async prepare({ arrive, ask }) {
    for (const connection of ["alice-1", "bob-1", "carol-1"]) await arrive(connection, room);
    return { alice: () => ask("alice", "alice-1", say("a")) };
  },
};

export const largeAndSync: SmallCase = {
  ...large,
  title: "an append to a large room and a subscribing sync",
  async prepare({ arrive, ask }) {
    for (const connection of ["alice-1", "bob-1", "carol-1"]) await arrive(connection, room);
    await arrive("bob-2");
    return {
      alice: () => ask("alice", "alice-1", say("a")),
      bob: () => ask("bob", "bob-2", sync),
    };
  },
};

export const largeTwice: SmallCase = {
  ...large,
  title: "two appends to a large room, which goes from direct delivery to the stream and back",
  async prepare({ arrive, ask }) {
    for (const connection of ["alice-1", "bob-1", "carol-1"]) await arrive(connection, room);
    return {
      alice: () => ask("alice", "alice-1", say("a")),
      bob: () => ask("bob", "bob-1", say("b")),
    };
  },
};

export const becomingLarge: SmallCase = {
  ...large,
  title: "an append and the join that makes its room a large one",
  async prepare({ arrive, ask }) {
    for (const connection of ["alice-1", "bob-1"]) await arrive(connection, room);
    await arrive("carol-1");
    return {
      alice: () => ask("alice", "alice-1", say("a")),
      carol: () => ask("carol", "carol-1", join),
    };
  },
};

export const largeAndLeave: SmallCase = {
  ...large,
  title: "an append to a large room and a leave, then another append",
  async prepare({ arrive, ask }) {
    for (const connection of ["alice-1", "bob-1", "carol-1"]) await arrive(connection, room);
    return {
      alice: () => ask("alice", "alice-1", say("a")),
      carol: async () => {
        await ask("carol", "carol-1", leave);
        await ask("carol", "bob-1", say("b"));
      },
    };
  },
};

export const splitWhileLarge: SmallCase = {
  ...large,
  title: "a large room that is split, an append and a subscribing sync",
  async prepare({ simulation, arrive, ask }) {
    for (const connection of ["alice-1", "bob-1", "carol-1"]) await arrive(connection, room);
    await arrive("bob-2");
    return {
      split: () =>
        simulation.operate("split", "split", (ports) =>
          ports.subscriptions.split(roomTopic(room), 2),
        ),
      bob: () => ask("bob", "bob-2", sync), // into the second shard, when there is one
      alice: () => ask("alice", "alice-1", say("a")),
    };
  },
};

export const manyShards: SmallCase = {
  ...large,
  title: "two appends to a room of more shards than are read at once",
  async prepare({ simulation, arrive, ask }) {
    await simulation.stores.subscriptions.split(roomTopic(room), 8);
    for (const connection of ["alice-1", "bob-1", "carol-1"]) await arrive(connection, room);
    return {
      alice: () => ask("alice", "alice-1", say("a")),
      bob: () => ask("bob", "bob-1", say("b")),
    };
  },
};

export const outOfTime: SmallCase = {
  ...large,
  title: "a delivery that runs out of time half-way",
  pageSize: 1,
  pageMs: 6_000,
  async prepare({ arrive, ask }) {
    const users = ["alice", "bob", "carol", "dave", "erin"];
    for (const user of users) await arrive(`${user}-1`, room);
    return { alice: () => ask("alice", "alice-1", say("a")) };
  },
};
