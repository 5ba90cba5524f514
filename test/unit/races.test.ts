/** A leave on one device against what another device of the user does meanwhile (promise 7). */
import { describe, expect, it } from "vitest";
import { send } from "../../lib/actions/messages/send.ts";
import { sync } from "../../lib/actions/messages/sync.ts";
import { join } from "../../lib/actions/rooms/join.ts";
import { leave } from "../../lib/actions/rooms/leave.ts";
import type { ConnectedCaller } from "../../lib/model.ts";
import { behindOnce, type World, world } from "../support/world.ts";

const general = { action: "join", room: "general" } as const;
const say = (caller: ConnectedCaller, { ports }: World, text: string) =>
  send({ room: "general", text }, caller, ports, { publishMs: 1_000 });
const syncOf = (rooms: Record<string, number>) => ({ action: "sync", rooms }) as const;

describe("leave", () => {
  it("lets a sync of another device that is under way hear nothing (promise 7)", async () => {
    // The leave, and a message behind it, come right behind each step of the sync in turn.
    const steps = [
      ["subscriptions", "shardsOf"],
      ["connections", "addTopics"],
    ] as const;
    for (const [port, method] of steps) {
      const here = world();
      const [laptop, phone] = [await here.as("alice"), await here.as("alice")];
      const bob = await here.as("bob");
      for (const caller of [laptop, bob]) await join(general, caller, here.ports);
      here.received(phone);
      behindOnce(here.ports[port], method, async () => {
        await leave({ action: "leave", room: "general" }, laptop, here.ports);
        await say(bob, here, "not for alice");
      });
      const { rooms } = await sync(syncOf({ general: 0 }), phone, here.ports);
      expect(rooms).toMatchObject([{ room: "general", error: { code: "not_member" } }]);
      expect(here.received(phone)).toEqual([{ type: "left", room: "general" }]);
      const { found } = await here.ports.subscriptions.listSome("room:general", 100);
      expect(found.map(({ user }) => user)).toEqual(["bob"]);
    }
  });

  it.each([
    ["both heard the room", true],
    ["only that one heard the room", false],
  ])("leaves a device alone that joined again meanwhile: %s", async (_, hasLaptopJoined) => {
    // The join comes right behind each step of the leave in turn.
    const steps = [
      ["memberships", "change", 0],
      ["connections", "find", 0],
      ["memberships", "find", 2], // two come before the change, and so before the leave
      ["connections", "withdrawTopic", 0],
      ["subscriptions", "withhold", 0],
      ["connections", "removeTopic", 0],
    ] as const;
    for (const [port, method, earlier] of steps) {
      const here = world();
      const [laptop, phone] = [await here.as("alice"), await here.as("alice")];
      if (hasLaptopJoined) await join(general, laptop, here.ports);
      await join(general, phone, here.ports);
      const target = here.ports[port] as unknown as Record<string, (...args: unknown[]) => unknown>;
      const original = target[method];
      let calls = 0;
      target[method] = async (...args) => {
        const result = await original?.(...args);
        calls += 1;
        if (original && calls > earlier) {
          target[method] = original;
          await join(general, phone, here.ports);
        }
        return result;
      };
      await leave({ action: "leave", room: "general" }, laptop, here.ports);
      const { found } = await here.ports.subscriptions.listSome("room:general", 100);
      const isHearing = found.some(({ connectionId }) => connectionId === "alice-2");
      expect({ port, method, isHearing }).toEqual({ port, method, isHearing: true });
      const known = await here.ports.connections.find("alice-2");
      expect(known?.topics.has("room:general")).toBe(true);
    }
  });
});
