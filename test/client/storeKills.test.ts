/**
 * A program on the service's own actions that is killed between any two steps and started again,
 * over a network that loses and breaks (promise 3 over a restart): of the messages that its store
 * was given, none is lost, none is stored twice, and they are in the log in the order of writing.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createChat } from "../../client/index.ts";
import * as limits from "../../client/limits.ts";
import { storeOn, type Tables } from "../../client/storeOn.ts";
import { send } from "../../lib/actions/messages/send.ts";
import { fakeClock } from "./fakeClock.ts";
import { faultyTables } from "./faultyTables.ts";
import { fateOf, memoryService } from "./memoryService.ts";

const room = "general";

interface Life {
  /** Messages to write, each so long after the one before it. */
  gapsMs: readonly number[];
  /** What kills it: a write that is lost or survives, or time. */
  death: { atWrite: number; isLost: boolean } | { atMs: number };
  /** What Bob says while it is dead. */
  said: number;
}

interface Story {
  lives: readonly Life[];
  /** What becomes of frames: each in turn is lost, or late by so much; none is at the end. */
  frames: readonly (number | "lost" | "breaks")[];
}

const story: fc.Arbitrary<Story> = fc.record({
  lives: fc.array(
    fc.record({
      gapsMs: fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 4 }),
      death: fc.oneof(
        fc.record({ atWrite: fc.integer({ min: 1, max: 16 }), isLost: fc.boolean() }),
        fc.record({ atMs: fc.integer({ min: 0, max: 3_000 }) }),
      ),
      said: fc.constantFrom(0, 1, 12, 60),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  frames: fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 30 }) },
      { weight: 1, arbitrary: fc.constantFrom("lost" as const, "breaks" as const) },
    ),
    { maxLength: 40 },
  ),
});

async function play({ lives, frames }: Story, mangle = (tables: Tables) => tables) {
  const clock = fakeClock();
  const service = memoryService(clock, fateOf(frames));
  const { ports } = service.here;
  const bob = await service.here.as("bob");
  for (const user of ["alice", "bob"]) {
    await ports.memberships.add(user, { room, joinedAtMs: 0, readSeq: 0, readN: 0 });
  }
  const disk = faultyTables();
  const written: string[] = [];
  const given = new Set<string>();

  const start = () => {
    let isAlive = true;
    const { tables, stop } = disk.run();
    const own = {
      nowMs: clock.nowMs,
      after: (ms: number, call: () => void) => clock.after(ms, () => isAlive && call()),
    };
    const sockets = service.socketsOf("alice");
    const chat = createChat({
      ...{ url: "wss://chat.example", token: () => "token", WebSocket: sockets.WebSocket },
      ...{ clock: own, random: () => 0.5, store: storeOn(mangle(tables), own) },
    });
    void chat.connect().catch(() => {});
    const die = () => {
      isAlive = false;
      stop();
      for (const socket of sockets.all) socket.drop();
    };
    const say = (text: string) => {
      if (!isAlive) return;
      written.push(text);
      void chat
        .room(room)
        .send(text)
        .catch(() => {});
    };
    return { chat, die, say };
  };

  for (const [index, { gapsMs, death, said }] of lives.entries()) {
    const writesBefore = disk.count;
    const alive = start();
    disk.fate = ({ count }) => {
      const isLast = "atWrite" in death && count - writesBefore === death.atWrite;
      if (isLast) queueMicrotask(alive.die);
      return isLast && death.isLost ? "lost" : "survives";
    };
    if ("atMs" in death) clock.after(death.atMs, alive.die);
    for (const [which, gapMs] of gapsMs.entries()) {
      await clock.pass(gapMs);
      alive.say(`${index}.${which}`);
    }
    await clock.pass(3_000);
    alive.die();
    for (const id of disk.held.keys())
      if (id.startsWith("outbox")) given.add(textOf(disk.held.get(id)));
    for (let which = 0; which < said; which += 1) {
      service.here.pass(limits.gapMs * 10); // slower than the rate limit
      await send({ room, text: `bob ${index}.${which}` }, bob, ports, { publishMs: 1_000 });
    }
  }
  disk.fate = () => "survives";
  const last = start();
  void last.chat.room(room).open();
  await clock.pass(20 * 60_000);
  const shown = last.chat.room(room).snapshot.messages.filter(({ isMine }) => isMine);
  const log = await ports.log.list(room, { limit: 1_000, order: "oldest first" });
  const mine = log.flatMap((one) =>
    one.kind === "message" && one.from === "alice" ? [one.text] : [],
  );
  const left = [...disk.held.keys()].filter((id) => id.startsWith("outbox"));
  return {
    written,
    given: [...given],
    mine,
    left,
    unsent: shown.filter(({ status }) => status !== "sent"),
  };
}
const textOf = (value: unknown) => (value as { text: string }).text;

/** What is wrong, in words. */
function wrongs({
  written,
  given,
  mine,
  left,
  unsent,
}: Awaited<ReturnType<typeof play>>): string[] {
  const inOrder = written.filter((text) => mine.includes(text));
  return [
    ...given.filter((text) => !mine.includes(text)).map((text) => `${text} is lost`),
    ...(new Set(mine).size < mine.length ? [`stored twice: ${mine}`] : []),
    ...(mine.length === inOrder.length && `${mine}` !== `${inOrder}`
      ? [`out of order: ${mine}`]
      : []),
    ...left.map((id) => `${id} is still kept`),
    ...unsent.map(({ text, status }) => `${text} is still shown as ${status}`),
  ];
}

describe("a program that is killed between any two steps", () => {
  it("loses nothing that its store was given, sends nothing twice, and keeps order", async () => {
    await fc.assert(
      fc.asyncProperty(story, async (one) => {
        expect(wrongs(await play(one))).toEqual([]);
      }),
      { numRuns: 80 },
    );
  });

  const killed: Story = {
    lives: [{ gapsMs: [2_000, 100], death: { atMs: 2_102 }, said: 60 }],
    frames: [],
  };
  it.each<[string, (tables: Tables) => Tables]>([
    [
      "a store that forgets at which cursor a message was written",
      (tables) => ({
        ...tables,
        list: async (table) => {
          const values = await tables.list(table);
          return values.map((value) => ("after" in value ? { ...value, after: 1_000_000 } : value));
        },
      }),
    ],
    [
      "a store that forgets the names of messages",
      (tables) => ({
        ...tables,
        list: async (table) => {
          const values = await tables.list(table);
          return values.map((value) => ("cid" in value ? { ...value, cid: "another" } : value));
        },
      }),
    ],
  ])("stores a message twice with %s", async (_title, mangle) => {
    expect(wrongs(await play(killed))).toEqual([]);
    expect((await play(killed, mangle)).mine).toEqual(["0.0", "0.1", "0.1"]);
  });
});
