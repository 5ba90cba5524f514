/** Beginning and ceasing to look at a room, against what its members do. */
import type { SmallCase } from "../caseShape.ts";
import { leave, look, room, types } from "./frames.ts";

export const leaveAndLook: SmallCase = {
  title: "a leave and a look by the user's other device, then typing",
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
        await ask("leave", "bob-1", types);
      },
      look: () => ask("look", "alice-2", look),
    };
  },
};

export const leaveOfALooker: SmallCase = {
  title: "a leave of a user who looks, against typing",
  kills: 1,
  rooms: [room],
  refusals: ["not_member"],
  async prepare({ arrive, ask }) {
    await arrive("alice-1", room);
    await arrive("alice-2", room);
    await ask("alice-2", "alice-2", look);
    await arrive("bob-1", room);
    return {
      leave: () => ask("leave", "alice-1", leave),
      bob: () => ask("bob", "bob-1", types),
    };
  },
};

export const forgetAndLook: SmallCase = {
  title: "forgetting a connection and its look at a room",
  kills: 1,
  rooms: [room],
  async prepare({ simulation, arrive, ask }) {
    await arrive("alice-2", room);
    await arrive("alice-1");
    simulation.close("alice-1");
    return {
      gateway: () => simulation.disconnect("gateway", "alice-1"),
      alice: () => ask("alice", "alice-1", look),
    };
  },
};

export const racingLooks: SmallCase = {
  title: "two looks of one connection at once, at rooms that have one in common",
  kills: 1,
  rooms: [room],
  async prepare({ arrive, ask }) {
    await arrive("alice-1", room, "lobby", "attic");
    return {
      one: () => ask("one", "alice-1", { action: "focus", rooms: [room, "lobby"] }),
      two: () => ask("two", "alice-1", { action: "focus", rooms: [room, "attic"] }),
    };
  },
};

export const twoLooks: SmallCase = {
  title: "two looks of one connection at two sets of rooms, and typing in one",
  kills: 1,
  rooms: [room],
  async prepare({ arrive, ask }) {
    await arrive("alice-1", room, "lobby");
    await arrive("bob-1", room);
    await ask("alice", "alice-1", look);
    return {
      alice: () => ask("alice", "alice-1", { action: "focus", rooms: ["lobby"] }),
      bob: () => ask("bob", "bob-1", types),
    };
  },
};
