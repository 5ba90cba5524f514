/** What is told to others besides messages: read positions, typing and notices. */
import { describe, expect, it } from "vitest";
import { join } from "../../lib/actions/join.ts";
import { notify } from "../../lib/actions/notify.ts";
import { read } from "../../lib/actions/read.ts";
import { send } from "../../lib/actions/send.ts";
import { typing } from "../../lib/actions/typing.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { world } from "../support/world.ts";

/** Alice on two devices and bob, in a room with three messages. */
async function chat() {
  const here = world();
  const [laptop, phone, bob] = [
    await here.as("alice"),
    await here.as("alice"),
    await here.as("bob"),
  ];
  for (const caller of [laptop, phone, bob]) {
    await join({ action: "join", room: "general" }, caller, here.ports);
  }
  for (const text of ["one", "two", "three"]) {
    await send({ room: "general", text }, bob, here.ports, { publishMs: 1_000 });
  }
  for (const caller of [laptop, phone, bob]) here.received(caller);
  return { ...here, laptop, phone, bob };
}
const readTo = (seq: number) => ({ action: "read", room: "general", seq }) as const;

describe("read", () => {
  it("tells the user's other connections and the room, each once", async () => {
    const { ports, received, laptop, phone, bob } = await chat();
    const frame = { type: "read", room: "general", user: "alice", seq: 2, n: 2 };
    expect(await read(readTo(2), laptop, ports)).toEqual(frame);
    expect([laptop, phone, bob].map(received)).toEqual([[], [frame], [frame]]);
  });

  it("never moves back, says where the position is, and tells nobody", async () => {
    const { ports, received, laptop, phone, bob } = await chat();
    await read(readTo(3), laptop, ports);
    for (const caller of [phone, bob]) received(caller);
    expect(await read(readTo(1), laptop, ports)).toMatchObject({ seq: 3, n: 3 });
    expect(await read(readTo(0), laptop, ports)).toMatchObject({ seq: 3, n: 3 });
    expect([phone, bob].map(received)).toEqual([[], []]);
  });

  it("refuses a position beyond the head, and a room that one is no member of", async () => {
    const { ports, laptop } = await chat();
    await expect(read(readTo(4), laptop, ports)).rejects.toMatchObject({ code: "bad_request" });
    const secret = read({ action: "read", room: "secret", seq: 0 }, laptop, ports);
    await expect(secret).rejects.toMatchObject({ code: "not_member" });
  });

  it("tells only the user's own connections in a large room", async () => {
    const { ports, received, laptop, phone, bob } = await chat();
    for (let n = 0; n < limits.smallRoomConnections; n += 1) {
      const connection = { ...bob.connection, connectionId: `c-${n}` };
      await ports.subscriptions.put({ ...connection, topic: "room:general", shard: 0 });
    }
    await read(readTo(2), laptop, ports);
    expect([phone, bob].map((caller) => received(caller).length)).toEqual([1, 0]);
  });
});

describe("typing", () => {
  it("is shown to the others, not to the user's own devices", async () => {
    const { ports, received, laptop, phone, bob } = await chat();
    const frame = { type: "typing", room: "general", user: "alice", on: true };
    const typed = { action: "typing", room: "general", on: true } as const;
    expect(await typing({ ...typed, id: "1" }, laptop, ports)).toEqual(frame);
    expect([laptop, phone, bob].map(received)).toEqual([[], [], [frame]]);
    expect(await typing(typed, laptop, ports)).toBeUndefined();
  });
});

describe("notify", () => {
  const identity = { user: "server", expiresAtMs: 0, scopes: ["notices:write"] };

  it("reaches every connection of the user, and says how many", async () => {
    const { ports, received, laptop, phone, bob } = await chat();
    const data = { any: ["json", null] };
    expect(await notify({ user: "alice", data }, identity, ports)).toEqual({
      delivered: 2,
      gone: 0,
    });
    const sentAtMs = ports.clock.nowMs();
    const notice = { type: "notice", noticeId: "id-4", data, sentAtMs };
    expect([laptop, phone, bob].map(received)).toEqual([[notice], [notice], []]);
  });

  it("needs the scope, and a notice that fits into a frame", async () => {
    const { ports } = await chat();
    const unscoped = notify({ user: "alice", data: 1 }, { ...identity, scopes: [] }, ports);
    await expect(unscoped).rejects.toMatchObject({ code: "forbidden" });
    const large = notify({ user: "alice", data: "x".repeat(32_768) }, identity, ports);
    await expect(large).rejects.toMatchObject({ code: "too_large" });
  });
});
