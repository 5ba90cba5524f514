/** What may fail without failing a request, and what must be said at once (promises 8 and 9). */
import { describe, expect, it } from "vitest";
import { send } from "../../lib/actions/messages/send.ts";
import { sync } from "../../lib/actions/messages/sync.ts";
import { read } from "../../lib/actions/people/read.ts";
import { typing } from "../../lib/actions/people/typing.ts";
import { join } from "../../lib/actions/rooms/join.ts";
import { world } from "../support/world.ts";

describe("hints that cannot be delivered", () => {
  it("fail none of the requests that cause them", async () => {
    const here = world();
    const { ports } = here;
    const [alice, bob] = [await here.as("alice"), await here.as("bob")];
    await join({ action: "join", room: "general" }, bob, ports);
    await send({ room: "general", text: "hi" }, bob, ports, { publishMs: 1_000 });
    const { listSome } = ports.subscriptions;
    const fail = (times: number) => {
      let left = times;
      ports.subscriptions.listSome = async () => {
        left -= 1;
        if (left === 0) ports.subscriptions.listSome = listSome;
        throw new Error("table on fire");
      };
    };
    const sends = () => send({ room: "general", text: "hi" }, alice, ports, { publishMs: 1_000 });
    const requests = [
      () => join({ action: "join", room: "general" }, alice, ports),
      sends,
      () => read({ action: "read", room: "general", seq: 2 }, alice, ports),
      () => typing({ action: "typing", room: "general", on: true, id: "1" }, alice, ports),
    ];
    for (const request of requests) {
      fail(request === sends ? 2 : 1); // a send reads twice
      expect(await request()).toMatchObject({ room: "general" });
      expect(ports.subscriptions.listSome).toBe(listSome); // it was asked, and failed
    }
    const failures = here.reports.filter(({ what }) => what === "publish incomplete");
    expect(failures).toHaveLength(requests.length);
  });
});

describe("a connection that is being forgotten", () => {
  it.each(["dm:alice:bob", "general"])("is told so when it syncs %s", async (room) => {
    const { ports, as } = world();
    const alice = await as("alice");
    await join({ action: "join", room: "general" }, alice, ports);
    await ports.connections.end(alice.connection.connectionId);
    const syncing = sync({ action: "sync", rooms: { [room]: 0 } }, alice, ports);
    await expect(syncing).rejects.toMatchObject({ code: "forgotten" });
  });
});
