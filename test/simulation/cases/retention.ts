/** A sweep of what is past its time, which may die, beside those who write and read. */
import type { Here, SmallCase } from "../caseShape.ts";
import { room, say, sync } from "./frames.ts";

const dayMs = 24 * 60 * 60_000;
const kept = { kills: 1, rooms: [room], retentionMs: dayMs };

/** A log of two messages that are past their time, and alice and bob, who come back to it. */
async function aged({ arrive, ask, age, simulation }: Here): Promise<void> {
  await arrive("alice-1", room);
  for (const cid of ["a", "b"]) await ask("alice", "alice-1", say(cid));
  simulation.close("alice-1");
  await simulation.disconnect("alice", "alice-1");
  age(2 * dayMs);
  for (const connection of ["alice-2", "bob-1"]) await arrive(connection, room);
}

export const sweepAndSend: SmallCase = {
  ...kept,
  title: "a sweep, and a message that takes the next position",
  async prepare(here) {
    await aged(here);
    return {
      sweep: () => here.sweep("sweep"),
      alice: () => here.ask("alice", "alice-2", say("c")),
    };
  },
};

export const sweepAndSync: SmallCase = {
  ...kept,
  title: "a sweep of a log that has gone on, and a sync from its beginning",
  async prepare(here) {
    await aged(here);
    await here.ask("alice", "alice-2", say("c"));
    return {
      sweep: () => here.sweep("sweep"),
      bob: () => here.ask("bob", "bob-1", sync),
    };
  },
};

export const twoSweeps: SmallCase = {
  ...kept,
  title: "two sweeps at once, and a page of the log",
  async prepare(here) {
    await aged(here);
    await here.ask("alice", "alice-2", say("c"));
    return {
      one: () => here.sweep("one"),
      two: () => here.sweep("two"),
      bob: () => here.ask("bob", "bob-1", { action: "history", room }),
    };
  },
};
