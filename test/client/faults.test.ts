/**
 * The whole client against the service's own actions, over a network that does what it likes: it
 * loses, doubles, delays and reorders frames of both directions, and breaks connections.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChatClient } from "../../client/chatClient.ts";
import { type FakeClock, fakeClock } from "./fakeClock.ts";
import { type Fate, type MemoryService, memoryService } from "./memoryService.ts";

const room = "general";
const users = ["alice", "bob"];

/** How often which fate befalls a frame, in a hundred. */
const network = fc.record({
  seed: fc.integer({ min: 1, max: 2 ** 31 - 2 }),
  lost: fc.integer({ min: 0, max: 15 }),
  doubled: fc.integer({ min: 0, max: 20 }),
  late: fc.integer({ min: 0, max: 40 }),
  broken: fc.integer({ min: 0, max: 5 }),
});

describe("two clients over any network", () => {
  it("have every acked message once, and all in order (promises 1 to 4)", async () => {
    await fc.assert(
      fc.asyncProperty(network, fc.integer({ min: 1, max: 15 }), async (odds, count) => {
        const random = randomFrom(odds.seed);
        const clock = fakeClock();
        const service = memoryService(clock, () => fateOf(odds, random));
        for (const user of users) {
          const membership = { room, joinedAtMs: 0, readSeq: 0, readN: 0 };
          await service.here.ports.memberships.add(user, membership);
        }
        const clients = users.map((user) => talker(user, service, clock, random));
        const acked = clients.flatMap((client) => client.talk(count));

        let isDone = false;
        const results = Promise.allSettled(acked).finally(() => {
          isDone = true;
        });
        const isCaughtUp = () => clients.every(({ applied }) => applied.length === acked.length);
        for (let steps = 0; !(isDone && isCaughtUp()); steps += 1) {
          if (steps > 50_000) throw new Error(`no end after ${clock.nowMs()} ms`);
          await clock.next();
        }
        const stored = (await results).map((result) => {
          if (result.status === "rejected") throw result.reason;
          return result.value;
        });
        for (const { client } of clients) client.close();

        const log = await service.here.ports.log.list(room, {
          limit: 1_000,
          order: "oldest first",
        });
        const texts = log.map(({ from, text }) => `${from} ${text}`);
        expect(texts).toHaveLength(acked.length);
        expect(new Set(texts).size).toBe(texts.length);
        expect(stored.map(({ seq }) => log[seq - 1]?.cid)).toEqual(stored.map(({ cid }) => cid));
        for (const { applied } of clients) expect(applied).toEqual(texts);
        for (const user of users) {
          const own = log.filter(({ from }) => from === user).map(({ text }) => text);
          expect(own).toEqual(Array.from({ length: count }, (_, i) => `message ${i}`));
        }
      }),
      { numRuns: 500 },
    );
  });
});

function talker(user: string, service: MemoryService, clock: FakeClock, random: () => number) {
  const { WebSocket } = service.socketsOf(user);
  let cids = 0;
  const newCid = () => `${user}-${++cids}`;
  const address = { url: "wss://chat.example", token: () => "token" };
  const client = new ChatClient({ ...address, WebSocket, clock, random, newCid });
  const applied: string[] = [];
  client.connect();
  const followed = client.follow(room);
  followed.subscribe(({ from, text }) => applied.push(`${from} ${text}`));
  return {
    client,
    applied,
    talk: (count: number) => Array.from({ length: count }, (_, i) => followed.send(`message ${i}`)),
  };
}

function fateOf(
  odds: { lost: number; doubled: number; late: number; broken: number },
  random: () => number,
): Fate {
  const happens = (inHundred: number) => random() * 100 < inHundred;
  const delayMs = () => (happens(odds.late) ? random() * 2_000 : 1);
  if (happens(odds.broken)) return "breaks";
  if (happens(odds.lost)) return { delaysMs: [] };
  return { delaysMs: happens(odds.doubled) ? [delayMs(), delayMs()] : [delayMs()] };
}

/** Lehmer's generator: the same numbers for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % (2 ** 31 - 1);
    return state / (2 ** 31 - 1);
  };
}
