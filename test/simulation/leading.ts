/** What becomes of rooms that have had an owner: promise 16. */
import { stateOf } from "../../lib/actions/rooms/membershipSteps.ts";
import type { Violation } from "../support/checker/history.ts";
import type { Here } from "./caseShape.ts";

/**
 * 16. A room that has had an owner has one who can act: one who comes back, if need be, and sets
 * its topic. Where nobody was killed, nobody who is out leads a room.
 */
export async function leaderless(here: Here): Promise<Violation[]> {
  const { simulation } = here;
  const { log, memberships } = simulation.stores;
  const { entries } = simulation;
  const violations: Violation[] = [];
  for (const room of createdIn(here)) {
    const blame = (story: string) =>
      violations.push({ promise: 16, story: `${room} ${story}`, at: entries.length, room });
    const { owners } = await log.onRooms.find(room);
    if (owners.length === 0) blame("has had an owner, and has none");
    for (const owner of owners) {
      const state = stateOf(await memberships.find(owner, room));
      if (state !== "member" && !here.wasKilled) blame(`is led by ${owner}, who is ${state}`);
      const connection = `${owner}-9`;
      await simulation.connect("end", here.callerOf(connection));
      await here.ask("end", connection, { action: "join", room });
      const before = entries.length;
      await here.ask("end", connection, { action: "configure", room, topic: `of ${owner}` });
      const isSet = entries
        .slice(before)
        .some((entry) => entry.what === "received" && entry.frame.type === "configured");
      if (!isSet) blame(`is led by ${owner}, who cannot act`);
      simulation.close(connection);
    }
  }
  return violations;
}

function createdIn({ simulation: { entries } }: Here): string[] {
  return entries.flatMap((entry) =>
    entry.what === "received" && entry.frame.type === "created" ? [entry.frame.room] : [],
  );
}
