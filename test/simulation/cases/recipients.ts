/** Recipients who are gone, or take nothing, or keep everybody waiting (promise 8). */
import type { SmallCase } from "../caseShape.ts";
import { room, say } from "./frames.ts";

/** Longer ago than any handshake takes. */
const settledMs = 60_000;

export const illRecipients: SmallCase = {
  title: "an append to somebody gone, somebody throttled, somebody failing and somebody well",
  kills: 1,
  rooms: [room],
  pageSize: 2,
  ills: { "carol-1": "throttled", "dave-1": "failed" },
  forgotten: ["bob-1"],
  async prepare({ simulation, arrive, ask }) {
    for (const user of ["alice", "bob", "carol", "dave", "erin"]) await arrive(`${user}-1`, room);
    simulation.close("bob-1"); // and its gateway says nothing
    simulation.scheduler.nowMs += settledMs;
    return { alice: () => ask("alice", "alice-1", say("a")) };
  },
};

export const silentRecipient: SmallCase = {
  title: "an append to somebody whose gateway does not answer, and somebody well",
  kills: 1,
  rooms: [room],
  ills: { "bob-1": "silent" },
  async prepare({ simulation, arrive, ask }) {
    for (const user of ["alice", "bob", "carol", "dave"]) await arrive(`${user}-1`, room);
    simulation.scheduler.nowMs += settledMs;
    return { alice: () => ask("alice", "alice-1", say("a")) };
  },
};

export const goneWhileJoining: SmallCase = {
  title: "an append that finds a connection gone, and its join of another room",
  kills: 1,
  rooms: [room],
  cleanedBy: { action: "send", room: "other", text: "anybody there?" },
  async prepare({ simulation, arrive, ask }) {
    await arrive("alice-1", room, "other");
    await arrive("bob-1", room);
    simulation.close("bob-1");
    simulation.scheduler.nowMs += settledMs;
    return {
      alice: () => ask("alice", "alice-1", say("a")),
      bob: () => ask("bob", "bob-1", { action: "join", room: "other" }),
    };
  },
};
