/** Who is online, and being forgotten: nothing of a connection stays behind (promise 8). */
import { describe, expect, it } from "vitest";
import { disconnect } from "../../lib/actions/disconnect.ts";
import { join } from "../../lib/actions/join.ts";
import { who } from "../../lib/actions/who.ts";
import { world } from "../support/world.ts";

const general = { action: "join", room: "general" } as const;

describe("who", () => {
  it("counts users once, with their connections, and nobody who is past expiry", async () => {
    const here = world();
    const [laptop, phone] = [await here.as("alice"), await here.as("alice")];
    const bob = await here.as("bob", 10);
    for (const caller of [laptop, phone, bob]) await join(general, caller, here.ports);
    const both = await who({ room: "general" }, laptop, here.ports);
    expect(both).toMatchObject({ online: [{ user: "alice", connections: 2 }, { user: "bob" }] });
    here.pass(10_000);
    const online = [{ user: "alice", connections: 2 }];
    const alone = await who({ room: "general" }, laptop, here.ports);
    expect(alone).toEqual({ type: "who", room: "general", online, count: 1, more: false });
  });
});

describe("disconnect", () => {
  it("shows a user offline when the last connection is gone, not before", async () => {
    const here = world();
    const [laptop, phone, bob] = [
      await here.as("alice"),
      await here.as("alice"),
      await here.as("bob"),
    ];
    for (const caller of [laptop, phone, bob]) await join(general, caller, here.ports);
    here.received(bob);
    await disconnect("alice-1", here.ports);
    expect(here.received(bob)).toEqual([]);
    await disconnect("alice-2", here.ports);
    const offline = { type: "presence", room: "general", user: "alice", online: false };
    expect(here.received(bob)).toMatchObject([offline]);
  });

  it("is harmless twice, and for a connection that nobody knows", async () => {
    const here = world();
    await here.as("alice");
    await disconnect("alice-1", here.ports);
    await disconnect("alice-1", here.ports);
    await disconnect("nobody", here.ports);
    expect(await here.ports.connections.find("alice-1")).toBeUndefined();
  });

  it("leaves no subscription that was made while it ran", async () => {
    const here = world();
    const alice = await here.as("alice");
    const { find } = here.ports.connections;
    here.ports.connections.find = async (connectionId) => {
      const known = await find(connectionId);
      here.ports.connections.find = find;
      await join(general, alice, here.ports); // after the topics were read, before they are removed
      return known;
    };
    await disconnect("alice-1", here.ports);
    for (const topic of ["user:alice", "room:general"]) {
      for await (const page of here.ports.subscriptions.list(topic)) expect(page).toEqual([]);
    }
  });
});
