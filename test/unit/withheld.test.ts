/** A subscription that is being made while another device of the user leaves and comes back. */
import { expect, it } from "vitest";
import { sync } from "../../lib/actions/messages/sync.ts";
import { join } from "../../lib/actions/rooms/join.ts";
import { leave } from "../../lib/actions/rooms/leave.ts";
import { onlySynced } from "../support/syncReply.ts";
import { behindOnce, world } from "../support/world.ts";

it("hears the room when it was withheld and allowed again on the way (promise 4)", async () => {
  const here = world();
  const [laptop, phone] = [await here.as("alice"), await here.as("alice")];
  await join({ action: "join", room: "general" }, laptop, here.ports);
  behindOnce(here.ports.connections, "addTopics", async () => {
    await leave({ action: "leave", room: "general" }, laptop, here.ports);
    await join({ action: "join", room: "general" }, laptop, here.ports);
  });
  const reply = await sync({ action: "sync", rooms: { general: 0 } }, phone, here.ports);
  expect(onlySynced(reply)).toMatchObject({ room: "general" });
  const { found } = await here.ports.subscriptions.listSome("room:general", 100);
  expect(found.map(({ connectionId }) => connectionId).sort()).toEqual(["alice-1", "alice-2"]);
});
