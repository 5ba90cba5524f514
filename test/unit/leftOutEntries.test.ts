/**
 * What is done in a room is written down in its log behind the change. A request that is killed
 * between the two has left the entry out, and its retry writes it.
 */
import { describe, expect, it } from "vitest";
import type { Action } from "../../lib/protocol/clientFrames.ts";
import type { LogEvent } from "../../lib/protocol/serverFrames.ts";
import { ask, type Fields, led } from "../support/ledRoom.ts";
import type { World } from "../support/world.ts";

async function scene() {
  const set = await led();
  const { here, room, alice, carol } = set;
  const { seq } = await ask(here, carol, "send", { room, text: "hi" });
  const entries = async (): Promise<LogEvent[]> => {
    const range = { after: Number(seq), limit: 100, order: "oldest first" } as const;
    return here.ports.log.list(room, range);
  };
  const request = (action: Action, fields: Fields) => ask(here, alice, action, { room, ...fields });
  const killed = async (action: Action, fields: Fields) => {
    await killedAtPut(here, () => request(action, fields));
    expect(await entries()).toEqual([]);
  };
  for (const one of [alice, carol]) here.received(one);
  return { ...set, seq: Number(seq), entries, request, killed };
}

/** A request that comes as far as its entry, which is not written. */
async function killedAtPut({ ports }: World, request: () => Promise<unknown>): Promise<void> {
  const { put } = ports.log;
  ports.log.put = async () => {
    throw new Error("killed");
  };
  await expect(request()).rejects.toThrow("killed");
  ports.log.put = put;
}

const carol = { user: "carol" };
const acts: [Action, Fields, object][] = [
  ["kick", { ...carol, reason: "spam" }, { user: "carol", change: "kicked", reason: "spam" }],
  ["ban", carol, { user: "carol", change: "banned" }],
  ["grant", { ...carol, role: "moderator" }, { user: "carol", change: "role", role: "moderator" }],
  ["grant", { ...carol, role: "owner" }, { user: "carol", change: "role", role: "owner" }],
  ["close", {}, { set: { closed: true } }],
  ["configure", { title: "new" }, { set: { title: "new" } }],
];

describe.each(acts)("%s %o", (action, fields, entry) => {
  it("is written down by the retry of a request that was killed before it was", async () => {
    const { entries, request, killed, here, carol: caller, bob } = await scene();
    await killed(action, fields);
    here.received(caller);
    here.received(bob);
    await request(action, fields);
    expect(await entries()).toMatchObject([entry]);
    expect(here.received(bob)).toMatchObject([{ type: "events", events: [entry] }]);
    const isOut = action === "kick" || action === "ban";
    if (isOut) expect(here.received(caller)).toMatchObject([{ type: "left", by: "alice" }]);
  });
});

describe.each(acts.filter(([action]) => action !== "configure"))("%s %o", (action, fields) => {
  it("is written down once when it is sent again", async () => {
    const { entries, request } = await scene();
    for (let n = 0; n < 3; n += 1) await request(action, fields);
    expect(await entries()).toHaveLength(1);
  });
});

it("writes down a reopen and a pin whose requests were killed", async () => {
  const { entries, request, killed, here, room, seq, alice } = await scene();
  await killed("pin", { seq, on: true });
  await request("pin", { seq, on: true });
  expect(await entries()).toMatchObject([{ set: { pins: [seq] } }]);
  await request("close", {});
  await killedAtPut(here, () => ask(here, alice, "reopen", { room }));
  await request("reopen", {});
  const [, , ...last] = await entries();
  expect(last).toMatchObject([{ set: { closed: false } }]);
});

it("writes down a configure that was killed, though its retry conflicts with it", async () => {
  const { entries, request, killed, made } = await scene();
  const rev = Number(made["rev"]);
  await killed("configure", { rev, title: "new" });
  for (let n = 0; n < 2; n += 1) {
    const again = await request("configure", { rev, title: "new" });
    expect(again).toMatchObject({ code: "conflict" });
  }
  expect(await entries()).toMatchObject([{ set: { title: "new" }, rev: rev + 1 }]);
  expect(await request("configure", { rev, title: "newer" })).toMatchObject({ code: "conflict" });
});

it("writes down a second kick of a user who came back, and nothing of one who left", async () => {
  const { here, room, entries, request, carol: caller } = await scene();
  await request("kick", carol);
  await request("invite", carol);
  await ask(here, caller, "join", { room });
  here.pass(1);
  const before = await entries();
  await killedAtPut(here, () => request("kick", carol));
  await request("kick", carol);
  expect((await entries()).slice(before.length)).toMatchObject([{ change: "kicked" }]);
  await request("kick", { user: "mallory" });
  expect(await entries()).toHaveLength(before.length + 1);
});

it("writes down a second kick in a public room, whose log says of no join", async () => {
  const { here, alice, carol: caller } = await led();
  const room = "lobby";
  await ask(here, alice, "create", { visibility: "public", room });
  await ask(here, caller, "join", { room });
  await ask(here, alice, "kick", { room, ...carol });
  here.pass(1);
  await ask(here, caller, "join", { room });
  await killedAtPut(here, () => ask(here, alice, "kick", { room, ...carol }));
  await ask(here, alice, "kick", { room, ...carol });
  const log = await here.ports.log.list(room, { after: 0, limit: 100, order: "oldest first" });
  expect(log).toMatchObject([{ change: "kicked" }, { change: "kicked" }]);
});
