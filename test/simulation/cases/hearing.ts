/** Beginning and ceasing to hear a room, against what is said there. */
import { roomTopic } from "../../../lib/pubsub/topics.ts";
import type { SmallCase } from "../caseShape.ts";
import { join, leave, room, say, sync, types } from "./frames.ts";

export const syncAndAppend: SmallCase = {
  title: "a subscribing sync and an append",
  kills: 1,
  rooms: [room],
  async prepare({ arrive, ask }) {
    await arrive("alice-1", room);
    await arrive("bob-1", room);
    await arrive("bob-2");
    return {
      alice: () => ask("alice", "alice-1", say("a")),
      bob: () => ask("bob", "bob-2", sync),
    };
  },
};

export const syncAndType: SmallCase = {
  title: "a subscribing sync and typing, which nobody looks at",
  kills: 1,
  rooms: [room],
  async prepare({ arrive, ask }) {
    await arrive("alice-1", room);
    await arrive("bob-1", room);
    await arrive("bob-2");
    return {
      alice: () => ask("alice", "alice-1", types),
      bob: () => ask("bob", "bob-2", sync),
    };
  },
};

export const leaveAndSync: SmallCase = {
  title: "a leave and a sync of the user's other device, then an append",
  kills: 1,
  rooms: [room],
  refusals: ["not_member"],
  async prepare({ arrive, ask }) {
    await arrive("alice-1", room);
    await arrive("alice-2");
    await arrive("bob-1", room);
    return {
      leave: async () => {
        await ask("leave", "alice-1", leave);
        await ask("leave", "bob-1", say("b"));
      },
      sync: () => ask("sync", "alice-2", sync),
    };
  },
};

export const leaveAndAppend: SmallCase = {
  title: "a leave and an append, then another append",
  kills: 1,
  rooms: [room],
  async prepare({ arrive, ask }) {
    await arrive("alice-1", room);
    await arrive("bob-1", room);
    return {
      leave: async () => {
        await ask("leave", "alice-1", leave);
        await ask("leave", "bob-1", say("b"));
      },
      bob: () => ask("bob", "bob-1", say("a")),
    };
  },
};

export const deadLeaveAndSync: SmallCase = {
  title: "a leave that is killed and never asked again, a join, and a sync of the other device",
  kills: 1,
  rooms: [room],
  async prepare({ simulation, callerOf, arrive, ask }) {
    await arrive("alice-1", room);
    await arrive("alice-2", room);
    await arrive("bob-1", room);
    return {
      alice: async () => {
        await simulation.request("alice", callerOf("alice-1"), leave);
        await ask("alice", "alice-1", join);
        await ask("alice", "alice-2", sync);
        await ask("alice", "bob-1", say("b"));
      },
    };
  },
};

export const leaveAndJoin: SmallCase = {
  title: "a leave and a join of the user's other device",
  kills: 1,
  rooms: [room],
  refusals: ["not_member"],
  async prepare({ arrive, ask }) {
    await arrive("alice-1", room);
    await arrive("alice-2");
    return {
      leave: () => ask("leave", "alice-1", leave),
      join: () => ask("join", "alice-2", join),
    };
  },
};

export const forgetAndJoin: SmallCase = {
  title: "forgetting a connection and its join",
  kills: 1,
  rooms: [room],
  async prepare({ simulation, arrive, ask }) {
    await arrive("alice-1");
    simulation.close("alice-1");
    return {
      gateway: () => simulation.disconnect("gateway", "alice-1"),
      alice: () => ask("alice", "alice-1", join),
    };
  },
};

export const forgetAndSync: SmallCase = {
  title: "forgetting a connection and its sync",
  kills: 1,
  rooms: [room],
  async prepare({ simulation, arrive, ask }) {
    await arrive("alice-2", room);
    await arrive("alice-1");
    simulation.close("alice-1");
    return {
      gateway: () => simulation.disconnect("gateway", "alice-1"),
      alice: () => ask("alice", "alice-1", sync),
    };
  },
};

export const stranger: SmallCase = {
  title: "a stranger's requests and an append",
  kills: 1,
  rooms: [room],
  refusals: ["not_member"],
  async prepare({ arrive, ask }) {
    await arrive("alice-1", room);
    await arrive("eve-1");
    return {
      alice: () => ask("alice", "alice-1", say("a")),
      eve: async () => {
        await ask("eve", "eve-1", { action: "sync", rooms: { [room]: 0, lobby: 0 } });
        await ask("eve", "eve-1", { action: "history", room });
        await ask("eve", "eve-1", { action: "read", room, seq: 1 });
        await ask("eve", "eve-1", { action: "who", room });
        await ask("eve", "eve-1", { action: "typing", room, on: true });
      },
    };
  },
};

export const twoReads: SmallCase = {
  title: "two devices of a user that read to two places",
  kills: 1,
  rooms: [room],
  async prepare({ arrive, ask }) {
    await arrive("alice-1", room);
    await arrive("alice-2");
    await arrive("bob-1", room);
    for (const cid of ["a", "b"]) await ask("bob", "bob-1", say(cid));
    const readTo = async (connection: string, seq: number) => {
      await ask(connection, connection, { action: "read", room, seq });
      await ask(connection, connection, { action: "hello" });
    };
    return { one: () => readTo("alice-1", 1), two: () => readTo("alice-2", 2) };
  },
};

export const splitAndSync: SmallCase = {
  title: "a topic that is split, a subscribing sync and an append",
  kills: 1,
  rooms: [room],
  async prepare({ simulation, arrive, ask }) {
    await arrive("alice-1", room);
    await arrive("bob-1", room);
    await arrive("bob-2");
    return {
      split: () =>
        simulation.operate("split", "split", (ports) =>
          ports.subscriptions.split(roomTopic(room), 4),
        ),
      alice: () => ask("alice", "alice-1", say("a")),
      bob: () => ask("bob", "bob-2", sync),
    };
  },
};
