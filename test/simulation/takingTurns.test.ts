/**
 * Two operations that undo each other: forgetting a connection, and a join of it that is still
 * under way. In an order made for it neither comes to an end before a bound does, and the join
 * fails. What must hold then is that nothing is left behind, and that asking again says how
 * things are.
 */
import { expect, it } from "vitest";
import { nowMs } from "../support/fixtures.ts";
import { allElse, type Step } from "./scheduler.ts";
import { realService } from "./service.ts";
import { createSimulation, type Simulation } from "./simulation.ts";

/** Let a thread go on until it is about to ask for what the label says, or has come to its end. */
async function until({ scheduler }: Simulation, thread: string, label: string): Promise<void> {
  const next = () => scheduler.steps().find((step) => step.thread === thread);
  const isIt = ({ kind, label: its }: Step) => kind === "effect" && its.includes(` ${label} `);
  for (let step = next(); step && !isIt(step); step = next()) await scheduler.take(step);
}

it("fails a join whose connection is forgotten again and again, and leaves nothing", async () => {
  const simulation = createSimulation({ service: realService });
  const { stores, defects, entries } = simulation;
  const caller = simulation.callerOf("alice", "alice-1", nowMs + 86_400_000);
  simulation.isDirect = true;
  await simulation.connect("alice", caller);
  simulation.isDirect = false;

  void simulation.disconnect("gateway", "alice-1");
  void simulation.request("alice", caller, { action: "join", room: "general" });
  await allElse();
  await until(simulation, "alice", "subscriptions.reserve");
  await until(simulation, "gateway", "connections.find");
  for (let round = 0; round < 5; round += 1) {
    await until(simulation, "alice", "connections.addTopic"); // has reserved
    await until(simulation, "gateway", "connections.remove"); // has removed what was reserved
    await until(simulation, "alice", "subscriptions.reserve"); // has noted twice, confirmed in vain
    await until(simulation, "gateway", "connections.find"); // could not remove what was noted on
  }
  await until(simulation, "alice", "nothing more");
  await until(simulation, "gateway", "nothing more");
  expect(defects.map(String)).toEqual([expect.stringContaining("lost its reservation")]);
  expect(await stores.connections.find("alice-1")).toBeUndefined();
  expect(await stores.subscribersOf("room:general")).toEqual([]);

  simulation.isDirect = true;
  await simulation.request("alice", caller, { action: "join", room: "general" });
  expect(entries).toContainEqual(
    expect.objectContaining({ frame: expect.objectContaining({ type: "disconnect" }) }),
  );
});
