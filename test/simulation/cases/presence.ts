/**
 * Devices of one user that come and go at once, before another user's eyes. Of what that user is
 * told the newest atMs wins, and is the truth when all is over; see verdict.ts for what is left of
 * that when somebody was killed.
 */
import type { SmallCase } from "../caseShape.ts";
import { join, leave, look, room, sync } from "./frames.ts";

export const comingAndGoing: SmallCase = {
  title: "one device arriving while another is leaving, before another user's eyes",
  kills: 1,
  rooms: [room],
  isTimed: true,
  async prepare({ simulation, arrive, ask }) {
    await arrive("bob-1", room);
    await ask("bob-1", "bob-1", look);
    await arrive("alice-1", room);
    await arrive("alice-2");
    simulation.close("alice-1");
    return {
      gateway: () => simulation.disconnect("gateway", "alice-1"),
      alice: () => ask("alice", "alice-2", sync),
    };
  },
};

export const twoComing: SmallCase = {
  title: "two devices arriving at once, before another user's eyes",
  kills: 1,
  rooms: [room],
  isTimed: true,
  async prepare({ arrive, ask }) {
    await arrive("bob-1", room);
    await ask("bob-1", "bob-1", look);
    await arrive("alice-1", room);
    for (const connection of ["alice-2", "alice-3"]) await arrive(connection);
    return {
      two: () => ask("two", "alice-2", sync),
      three: () => ask("three", "alice-3", sync),
    };
  },
};

export const twoComingAnew: SmallCase = {
  title: "two devices arriving at once, of a user who was shown offline before another's eyes",
  kills: 1,
  rooms: [room],
  isTimed: true,
  async prepare({ simulation, arrive, ask }) {
    await arrive("bob-1", room);
    await ask("bob-1", "bob-1", look);
    await arrive("alice-1", room);
    for (const connection of ["alice-2", "alice-3"]) await arrive(connection);
    simulation.close("alice-1");
    await simulation.disconnect("gateway", "alice-1");
    return {
      two: () => ask("two", "alice-2", sync),
      three: () => ask("three", "alice-3", sync),
    };
  },
};

export const twoGoing: SmallCase = {
  title: "two devices leaving at once, before another user's eyes",
  kills: 1,
  rooms: [room],
  isTimed: true,
  async prepare({ simulation, arrive, ask }) {
    await arrive("bob-1", room);
    await ask("bob-1", "bob-1", look);
    await arrive("alice-1", room);
    await arrive("alice-2");
    await ask("alice-2", "alice-2", sync);
    for (const connection of ["alice-1", "alice-2"]) simulation.close(connection);
    return {
      one: () => simulation.disconnect("one", "alice-1"),
      two: () => simulation.disconnect("two", "alice-2"),
    };
  },
};

export const twoComingOneGoing: SmallCase = {
  title: "two devices arriving while a third is leaving, before another user's eyes",
  kills: 1,
  rooms: [room],
  isTimed: true,
  async prepare({ simulation, arrive, ask }) {
    await arrive("bob-1", room);
    await ask("bob-1", "bob-1", look);
    await arrive("alice-1", room);
    for (const connection of ["alice-2", "alice-3"]) await arrive(connection);
    simulation.close("alice-1");
    return {
      gateway: () => simulation.disconnect("gateway", "alice-1"),
      two: () => ask("two", "alice-2", sync),
      three: () => ask("three", "alice-3", sync),
    };
  },
};

export const handOverAndGoing: SmallCase = {
  title: "one device leaving while another changes its connection, before another user's eyes",
  kills: 1,
  rooms: [room],
  isTimed: true,
  async prepare({ simulation, arrive, ask }) {
    await arrive("bob-1", room);
    await ask("bob-1", "bob-1", look);
    await arrive("alice-1", room);
    for (const connection of ["alice-2", "alice-3"]) await arrive(connection);
    await ask("alice-2", "alice-2", sync);
    simulation.close("alice-1");
    return {
      gateway: () => simulation.disconnect("gateway", "alice-1"),
      async device() {
        await ask("device", "alice-3", sync);
        simulation.close("alice-2");
        await simulation.disconnect("device", "alice-2");
      },
    };
  },
};

export const leavingAndComing: SmallCase = {
  title: "a leave while another device is joining, before another user's eyes",
  kills: 1,
  rooms: [room],
  isTimed: true,
  refusals: ["not_member"],
  async prepare({ arrive, ask }) {
    await arrive("bob-1", room);
    await ask("bob-1", "bob-1", look);
    await arrive("alice-1", room);
    await arrive("alice-2");
    return {
      leave: () => ask("leave", "alice-1", leave),
      join: () => ask("join", "alice-2", join),
    };
  },
};
