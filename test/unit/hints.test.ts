/** What is told to others besides messages: read positions, typing and notices. */
import { describe, expect, it } from "vitest";
import { send } from "../../lib/actions/messages/send.ts";
import { notify } from "../../lib/actions/people/notify.ts";
import { read } from "../../lib/actions/people/read.ts";
import { typing } from "../../lib/actions/people/typing.ts";
import { join } from "../../lib/actions/rooms/join.ts";
import { leave } from "../../lib/actions/rooms/leave.ts";
import type { ConnectedCaller } from "../../lib/model.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { look, world } from "../support/world.ts";

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
    await look(here, caller, "general");
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

  it("tells only the user's own connections in a room that too many look at", async () => {
    const { ports, received, laptop, phone, bob } = await chat();
    for (let n = 0; n < limits.lookingConnections; n += 1) {
      const connection = { ...bob.connection, connectionId: `c-${n}` };
      await ports.subscriptions.put({ ...connection, topic: "focus:general", shard: 0 });
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

describe("a direct room", () => {
  const room = "dm:alice:bob";
  /** Alice and bob, connected, and nothing said between them. */
  async function strangers() {
    const here = world();
    const { ports } = here;
    const [alice, bob] = [await here.as("alice"), await here.as("bob")];
    for (const caller of [alice, bob]) await look(here, caller, room);
    const say = (caller: typeof alice) =>
      send({ room, text: "hi" }, caller, ports, { publishMs: 1_000 });
    let typed = 0;
    /** What the other one is shown of a user's typing and reading, long after the last of it. */
    const shown = async (caller: typeof alice, other: typeof alice) => {
      here.pass(limits.typingEveryMs);
      here.received(other);
      await typing({ action: "typing", room, on: true }, caller, ports);
      typed += 1;
      await read({ action: "read", room, seq: typed }, caller, ports).catch(() => {});
      return here.received(other).map(({ type }) => type);
    };
    return { ...here, alice, bob, say, shown };
  }

  it("shows a stranger neither typing nor reading until both users have written", async () => {
    const { alice, bob, say, shown } = await strangers();
    expect(await shown(alice, bob)).toEqual([]);
    for (let count = 0; count < 4; count += 1) await say(alice);
    expect(await shown(alice, bob)).toEqual([]);
    expect(await shown(bob, alice)).toEqual([]);
    await say(bob);
    expect((await shown(alice, bob)).sort()).toEqual(["read", "typing"]);
    expect((await shown(bob, alice)).sort()).toEqual(["read", "typing"]);
  });

  it("remembers that both have written, with ten newer events of one of them", async () => {
    const { alice, bob, say, pass, shown, ports } = await strangers();
    let marks = 0;
    const { addWriter } = ports.memberships;
    ports.memberships.addWriter = (...args) => {
      marks += 1;
      return addWriter(...args);
    };
    await say(alice);
    for (let count = 0; count < limits.tailEvents; count += 1) {
      await say(bob);
      pass(limits.senderWindowMs);
    }
    expect(marks).toBe(2); // the first of each, and no write more
    await say(alice);
    expect(await shown(alice, bob)).toContain("typing");
    expect((await ports.memberships.find("bob", room))?.hasWritten).toBe(true);
  });

  it("is known to be written in before its message can be read (promise 10)", async () => {
    const { alice, say, ports } = await strangers();
    const { addWriter } = ports.memberships;
    ports.memberships.addWriter = async (...args) => {
      await new Promise((resolve) => setImmediate(resolve));
      return addWriter(...args);
    };
    ports.log.put = async () => {
      const known = await ports.memberships.find("alice", room);
      throw new Error(known?.hasWritten ? "killed" : "too early");
    };
    await expect(say(alice)).rejects.toThrow("killed");
    expect((await ports.memberships.find("alice", room))?.hasWritten).toBe(true);
    expect((await ports.memberships.find("bob", room))?.hasWritten).toBeUndefined();
  });

  it("with oneself is typed in without a word to anybody", async () => {
    const here = world();
    const { ports, as, received } = here;
    const [laptop, phone] = [await as("alice"), await as("alice")];
    await look(here, phone, "dm:alice:alice");
    await send({ to: "alice", text: "note" }, laptop, ports, { publishMs: 1_000 });
    received(phone);
    await typing({ action: "typing", room: "dm:alice:alice", on: true }, laptop, ports);
    expect(received(phone)).toEqual([]);
  });
});

describe("a hint", () => {
  /** What was shown of alice, who types and reads, and of dave, who comes. */
  const shown = async ({ ports, received, as, laptop }: Chat, to: ConnectedCaller) => {
    received(to);
    await typing({ action: "typing", room: "general", on: true }, laptop, ports);
    await read(readTo(2), laptop, ports);
    await join({ action: "join", room: "general" }, await as("dave"), ports);
    return received(to).flatMap(({ type }) => (type === "joined" ? [] : [type]));
  };
  type Chat = Awaited<ReturnType<typeof chat>>;

  it("is told to those who look at the room, and not to those who only hear it", async () => {
    const here = await chat();
    const carol = await here.as("carol");
    await join({ action: "join", room: "general" }, carol, here.ports);
    await look(here, carol, "general");
    await look(here, here.bob);
    expect(await shown(here, carol)).toEqual(["typing", "read", "presence"]);
    expect(here.received(here.bob).map(({ type }) => type)).toEqual(["presence"]); // carol's
  });

  it("is told in a large room too, when few look at it", async () => {
    const here = await chat();
    for (let n = 0; n < limits.directConnections; n += 1) {
      const connection = { ...here.bob.connection, connectionId: `c-${n}` };
      await here.ports.subscriptions.put({ ...connection, topic: "room:general", shard: 0 });
    }
    expect(await shown(here, here.bob)).toEqual(["typing", "read", "presence"]);
    here.received(here.bob);
    await leave({ action: "leave", room: "general" }, here.laptop, here.ports);
    expect(here.received(here.bob)).toMatchObject([{ user: "alice", online: false }]);
  });
});

describe("a storm of typing", () => {
  const typed = (on: boolean) => ({ action: "typing", room: "general", on, id: "1" }) as const;

  it("is passed on once in three seconds for each user and room", async () => {
    const { ports, received, pass, laptop, phone, bob } = await chat();
    for (let count = 0; count < 50; count += 1) {
      expect(await typing(typed(true), count % 2 ? laptop : phone, ports)).toMatchObject({
        on: true,
      });
    }
    expect(received(bob)).toHaveLength(1);
    await typing(typed(true), bob, ports);
    expect(received(laptop)).toHaveLength(1);
    pass(limits.typingEveryMs - 1);
    await typing(typed(true), laptop, ports);
    expect(received(bob)).toEqual([]);
    pass(1);
    await typing(typed(true), laptop, ports);
    expect(received(bob)).toHaveLength(1);
  });

  it("of starting and stopping is two frames, and who stops is seen to", async () => {
    const { ports, received, pass, laptop, bob } = await chat();
    const shown = () => received(bob).map((frame) => "on" in frame && frame.on);
    for (let count = 0; count < 50; count += 1) {
      await typing(typed(true), laptop, ports);
      await typing(typed(false), laptop, ports);
    }
    expect(shown()).toEqual([true, false]);
    pass(limits.typingEveryMs);
    for (const on of [true, false, false]) await typing(typed(on), laptop, ports);
    expect(shown()).toEqual([true, false]);
    pass(limits.typingEveryMs);
    await typing(typed(false), laptop, ports); // another instance may have passed the `on`
    expect(shown()).toEqual([false]);
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
