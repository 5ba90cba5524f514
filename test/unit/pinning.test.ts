/** Pins, and who has read a room up to a position. */
import { describe, expect, it } from "vitest";
import { openRoom } from "../../lib/model.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { ask, codeOf, type Fields, led } from "../support/ledRoom.ts";
import { behindOnce, look } from "../support/world.ts";

/** As `led`, with three messages of carol's. */
async function talking() {
  const set = await led();
  const seqs: number[] = [];
  for (const text of ["one", "two", "three"]) {
    const { seq } = await ask(set.here, set.carol, "send", { room: set.room, text });
    seqs.push(Number(seq));
  }
  for (const one of [set.alice, set.bob, set.carol]) set.here.received(one);
  const pin = (who: typeof set.alice, seq: number, fields: Fields = {}) =>
    ask(set.here, who, "pin", { room: set.room, seq, on: true, ...fields });
  return { ...set, pin, first: seqs[0] ?? 0, second: seqs[1] ?? 0, seqs };
}

describe("pin", () => {
  it("pins for moderators and owners, and tells members by an entry with all pins", async () => {
    const { here, room, alice, bob, carol, pin, first, second } = await talking();
    const rev = (await here.ports.rooms.find(room)).rev + 1;
    expect(await pin(bob, second)).toEqual({ type: "pinned", room, seq: second, on: true, rev });
    expect(await pin(alice, first)).toMatchObject({ type: "pinned", rev: rev + 1 });
    const told = here.received(carol);
    expect(told).toMatchObject([
      { events: [{ kind: "room", from: "bob", set: { pins: [second] }, rev }] },
      { events: [{ kind: "room", from: "alice", set: { pins: [second, first] }, rev: rev + 1 }] },
    ]);
    expect(await look(here, carol, room)).toMatchObject([{ room, pins: [second, first] }]);
    await pin(alice, second, { on: false });
    expect(await look(here, carol, room)).toMatchObject([{ room, pins: [first] }]);
  });

  it("leaves the message number as it is", async () => {
    const { here, room, bob, pin, first } = await talking();
    const n = async () => (await here.ports.log.tail(room, 1)).events[0]?.n;
    const before = await n();
    await pin(bob, first);
    expect(await n()).toBe(before);
  });

  it("is refused to members, strangers, and moderators who are muted", async () => {
    const { here, room, alice, bob, carol, mallory, pin, first } = await talking();
    expect(codeOf(await pin(carol, first))).toBe("forbidden");
    expect(codeOf(await pin(mallory, first))).toBe("not_member");
    await ask(here, alice, "mute", { room, user: "bob", forMs: 60_000 });
    expect(codeOf(await pin(bob, first))).toBe("muted");
    expect((await here.ports.rooms.find(room)).pins).toEqual([]);
  });

  it("is refused in a closed room, in a direct one, and in one that nobody leads", async () => {
    const { here, room, alice, carol, pin, first } = await talking();
    await ask(here, alice, "close", { room });
    expect(codeOf(await pin(alice, first))).toBe("closed");
    const fields = { seq: 1, on: true };
    await ask(here, carol, "send", { to: "bob", text: "hi" });
    const direct = { room: "dm:bob:carol", ...fields };
    expect(codeOf(await ask(here, carol, "pin", direct))).toBe("forbidden");
    await ask(here, carol, "join", { room: "lobby" });
    await ask(here, carol, "send", { room: "lobby", text: "hi" });
    const open = { room: "lobby", ...fields };
    expect(codeOf(await ask(here, carol, "pin", open))).toBe("forbidden");
    expect(await here.ports.rooms.find("lobby")).toEqual(openRoom);
    expect(codeOf(await ask(here, carol, "pin", open, true))).toBe("pinned"); // rooms:admin
  });

  it("pins messages alone: no entry of another kind, and nothing that is not there", async () => {
    const { pin, bob, seqs } = await talking();
    for (const seq of [1, Math.max(...seqs) + 1]) {
      expect(codeOf(await pin(bob, seq))).toBe("bad_request");
    }
  });

  it(`keeps at most ${limits.pins} pins, and one that is there stays one`, async () => {
    const { here, room, bob, pin, first, second } = await talking();
    const { rev: fromRev } = await here.ports.rooms.find(room);
    const pins = Array.from({ length: limits.pins }, (_, index) => 1_000 + index);
    await here.ports.rooms.change(room, { fromRev, mark: "full", pins });
    expect(codeOf(await pin(bob, first))).toBe("forbidden");
    await pin(bob, 1_000, { on: false });
    for (const _ of [1, 2]) expect(codeOf(await pin(bob, first))).toBe("pinned");
    expect((await here.ports.rooms.find(room)).pins).toEqual([...pins.slice(1), first]);
    expect(codeOf(await pin(bob, second))).toBe("forbidden");
  });

  it("completes, when it is sent again, what died behind the change (promise 10)", async () => {
    const { here, room, bob, carol, pin, first } = await talking();
    behindOnce(here.ports.rooms, "change", async () => {
      throw new Error("killed");
    });
    await expect(pin(bob, first)).rejects.toThrow("killed");
    expect(here.received(carol)).toEqual([]);
    expect(codeOf(await pin(bob, first))).toBe("pinned");
    expect(here.received(carol)).toMatchObject([{ events: [{ set: { pins: [first] } }] }]);
    expect((await here.ports.rooms.find(room)).pins).toEqual([first]);
  });

  it("loses none of two pins at once", async () => {
    const { here, room, alice, bob, pin, first, second } = await talking();
    behindOnce(here.ports.rooms, "find", () => pin(alice, second)); // for the right
    await pin(bob, first);
    expect([...(await here.ports.rooms.find(room)).pins].sort()).toEqual([first, second]);
  });

  it("shows somebody who reads what came after they joined no older pins", async () => {
    const { here, room, alice, mallory, pin, first } = await talking();
    await pin(alice, first);
    await ask(here, alice, "configure", { room, history: "since_join" });
    await ask(here, alice, "invite", { room, user: "mallory" });
    await ask(here, mallory, "join", { room });
    expect((await look(here, mallory, room))[0]).not.toHaveProperty("pins");
    const { seq } = await ask(here, mallory, "send", { room, text: "new" });
    await ask(here, alice, "grant", { room, user: "mallory", role: "moderator" });
    expect(codeOf(await pin(mallory, first))).toBe("bad_request");
    expect(codeOf(await pin(mallory, Number(seq)))).toBe("pinned");
    expect(await look(here, mallory, room)).toMatchObject([{ pins: [seq] }]);
    expect(await look(here, alice, room)).toMatchObject([{ pins: [first, seq] }]);
  });
});

describe("readers", () => {
  it("says who has read up to a position, and how far", async () => {
    const { here, room, alice, bob, carol, first, second } = await talking();
    const readersOf = async (seq: number) =>
      (await ask(here, carol, "readers", { room, seq }))["readers"];
    expect(await readersOf(first)).toEqual([]);
    await ask(here, bob, "read", { room, seq: second });
    await ask(here, alice, "read", { room, seq: first });
    expect(await readersOf(first)).toEqual([
      { user: "alice", seq: first, n: 1 },
      { user: "bob", seq: second, n: 2 },
    ]);
    expect(await readersOf(second)).toEqual([{ user: "bob", seq: second, n: 2 }]);
  });

  it("is refused in a room of more members than it shows, and to strangers", async () => {
    const { here, room, alice, mallory, first } = await talking();
    const asked = () => ask(here, alice, "readers", { room, seq: first });
    const membership = { room, joinedAtMs: 0, readSeq: 0, readN: 0 };
    const there = 3;
    for (let user = there; user < limits.readersShown; user += 1) {
      await here.ports.memberships.add(`u${user}`, membership);
    }
    expect(codeOf(await asked())).toBe("readers");
    await here.ports.memberships.add("one-more", membership);
    expect(codeOf(await asked())).toBe("forbidden");
    expect(codeOf(await ask(here, mallory, "readers", { room, seq: first }))).toBe("not_member");
  });

  it("is refused of a position at which there is nothing for the reader", async () => {
    const { here, room, alice, mallory, first, seqs } = await talking();
    const beyond = Math.max(...seqs) + 1;
    expect(codeOf(await ask(here, alice, "readers", { room, seq: beyond }))).toBe("bad_request");
    await ask(here, alice, "configure", { room, history: "since_join" });
    await ask(here, alice, "invite", { room, user: "mallory" });
    await ask(here, mallory, "join", { room });
    expect(codeOf(await ask(here, mallory, "readers", { room, seq: first }))).toBe("bad_request");
  });

  it("tells nothing of a direct room until both have written there", async () => {
    const { here, bob, carol } = await talking();
    const room = "dm:bob:carol";
    const { seq } = await ask(here, carol, "send", { to: "bob", text: "hi" });
    await ask(here, bob, "read", { room, seq });
    expect(await ask(here, carol, "readers", { room, seq })).toMatchObject({ readers: [] });
    await ask(here, bob, "send", { to: "carol", text: "hi" });
    const readers = [{ user: "bob", seq, n: 1 }];
    expect(await ask(here, carol, "readers", { room, seq })).toMatchObject({ readers });
  });
});
