/** The healer of changes: what the stream says was changed, and nobody was told of. */
import { expect, it } from "vitest";
import { announceChanges } from "../../lib/actions/messages/announceChanges.ts";
import type { LogEvent } from "../../lib/protocol/serverFrames.ts";
import { logEvent } from "../support/fixtures.ts";
import { ask, led } from "../support/ledRoom.ts";

/** A room in which messages can be changed as by a request that dies then. */
async function broken() {
  const scene = await led();
  const { here, room, carol, bob } = scene;
  const { log } = here.ports;
  const { seq: first } = await ask(here, carol, "send", { room, text: "helo" });
  const seq = Number(first);
  here.received(bob);
  const change = (text: string) => log.change(room, seq, { set: { text }, remove: [] });
  /** As the stream brings it: the item as it was then. */
  const heal = (...events: LogEvent[]) =>
    announceChanges(
      events.map((event) => ({ room, event })),
      here.ports,
    );
  const changes = async () => {
    const events = await log.list(room, { after: seq, limit: 100, order: "oldest first" });
    return events.filter(({ kind }) => kind === "changed");
  };
  return { ...scene, seq, change, heal, changes };
}

it("announces a change whose request died, and tells who hears the room (promise 12)", async () => {
  const { here, bob, seq, change, heal, changes } = await broken();
  const changed = await change("hello");
  expect(await heal(changed as LogEvent)).toEqual(new Set());
  expect(await changes()).toMatchObject([{ kind: "changed", of: seq, v: 2, from: "carol" }]);
  const now = { seq, v: 2, text: "hello" };
  expect(here.received(bob)).toMatchObject([{ type: "events", events: [{ of: seq, now }] }]);
});

it("writes nothing where the request did, however often it is asked", async () => {
  const { here, room, carol, seq, heal, changes } = await broken();
  await ask(here, carol, "edit", { room, seq, text: "hello" });
  const event = logEvent(seq, { v: 2 });
  await heal(event, event);
  await heal(event);
  expect(await changes()).toHaveLength(1);
});

it("announces several changes of one message once, as it is now", async () => {
  const { here, bob, room, seq, change, heal, changes } = await broken();
  const images = [await change("one"), await change("two")] as LogEvent[];
  await ask(here, bob, "delete", { room, seq });
  here.received(bob);
  await heal(...images);
  expect(await changes()).toMatchObject([{ v: 4 }]);
  expect(here.received(bob)).toEqual([]);
});

it("names the rooms that failed, and announces in the others", async () => {
  const { here, change, heal, changes, room } = await broken();
  const changed = (await change("hello")) as LogEvent;
  const { put } = here.ports.log;
  here.ports.log.put = async () => {
    throw new Error("killed");
  };
  expect(await heal(changed)).toEqual(new Set([room]));
  expect(here.reports).toMatchObject([{ what: "changes not announced", details: { room } }]);
  here.ports.log.put = put;
  expect(await heal(changed)).toEqual(new Set());
  expect(await changes()).toHaveLength(1);
});

it.each([
  { there: 2, says: "as much", written: [2] },
  { there: 1, says: "less", written: [1, 2] },
])("behind an entry that says $says, leaves an entry of each version once", async (row) => {
  const { here, bob, change, heal, changes } = await broken();
  const changed = (await change("hello")) as LogEvent;
  const { put } = here.ports.log;
  // Another request writes behind our look at the log.
  here.ports.log.put = async (room, event) => {
    here.ports.log.put = put;
    const another = { ...event, v: row.there, cid: "another", tag: "another-" } as LogEvent;
    await put(room, another);
    return put(room, event);
  };
  expect(await heal(changed)).toEqual(new Set());
  expect((await changes()).map((event) => "v" in event && event.v)).toEqual(row.written);
  expect(here.received(bob)).toHaveLength(row.written.length - 1);
});
