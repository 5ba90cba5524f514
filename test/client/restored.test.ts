/**
 * The whole client against the service's own actions, while the log goes back under it and grows
 * again, and pushes get lost: it skips nothing in silence (promise 4). What it shows in the end is
 * a run of the log as it is, up to the head; and so it is not when either side drops its check.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChatClient } from "../../client/chatClient.ts";
import * as limits from "../../client/limits.ts";
import type { Room } from "../../client/room.ts";
import { send } from "../../lib/actions/messages/send.ts";
import type { LogEvent } from "../../lib/protocol/serverFrames.ts";
import { memoryMessageLog } from "../support/memory/messageLog.ts";
import { pagesIn } from "../support/syncReply.ts";
import { fakeClock } from "./fakeClock.ts";
import { memoryService } from "./memoryService.ts";

const room = "general";
const whole = { limit: 1_000, order: "oldest first" } as const;

interface Story {
  /** Messages before the log goes back, and how many of them it keeps. */
  before: number;
  kept: number;
  /** For each message after that: whether its push to the client arrives. */
  pushed: readonly boolean[];
  /** Whether the client says something itself at the end. */
  isTalking: boolean;
}

const story = fc
  .record({
    before: fc.integer({ min: 1, max: 12 }),
    kept: fc.nat(12),
    pushed: fc.array(fc.boolean(), { maxLength: 14 }),
    isTalking: fc.boolean(),
  })
  .map(({ kept, before, ...rest }) => ({ before, kept: Math.min(kept, before), ...rest }));

/** One side without its check. */
interface Mutant {
  /** What becomes of a request on its way to the service. */
  request?(content: Record<string, unknown>): Record<string, unknown>;
  /** What becomes of an event on its way to a client that has come so far. */
  event?(event: LogEvent, client: Pick<Room, "cursor" | "tag">): object;
}

/** What the client shows in the end, and the log. */
async function play({ before, kept, pushed, isTalking }: Story, mutant: Mutant = {}) {
  const clock = fakeClock();
  let isPushed = true;
  const fate = () => ({ delaysMs: isPushed ? [1] : [] });
  const service = memoryService(clock, fate, {
    request: (content) => mutant.request?.(content) ?? content,
    frame: (frame) => {
      if (mutant.event === undefined) return frame;
      const changed = structuredClone(frame);
      for (const page of pagesIn(changed)) {
        page.events = page.events.map((event) => mutant.event?.(event, followed) as LogEvent);
      }
      return changed;
    },
  });
  const { ports } = service.here;
  const bob = await service.here.as("bob");
  for (const user of ["alice", "bob"]) {
    await ports.memberships.add(user, { room, joinedAtMs: 0, readSeq: 0, readN: 0 });
  }
  const say = async (text: string) => {
    service.here.pass(limits.gapMs * 10); // slower than the rate limit
    await send({ room, text, cid: `bob-${text}` }, bob, ports, { publishMs: 1_000 });
    await clock.pass(1);
  };

  const { WebSocket } = service.socketsOf("alice");
  const address = { url: "wss://chat.example", token: () => "token", WebSocket };
  const client = new ChatClient({ ...address, clock, random: () => 0.5, newCid: () => "mine" });
  client.connect();
  const followed = client.follow(room);
  let shown: LogEvent[] = [];
  followed.subscribe((event) => shown.push(event));
  followed.onDiscontinuity(({ events }) => {
    shown = [...events];
  });
  await clock.pass(1_000);

  for (let seq = 1; seq <= before; seq += 1) await say(`old ${seq}`);
  const old = await ports.log.list(room, whole);
  ports.log = memoryMessageLog();
  for (const event of old.slice(0, kept)) await ports.log.put(room, event);
  for (const [index, arrives] of pushed.entries()) {
    isPushed = arrives;
    await say(`new ${index}`);
  }
  isPushed = true;
  const sent = isTalking ? followed.send("mine") : undefined;
  sent?.catch(() => {}); // looked at below
  // Events that were lost are found at the second keep-alive at the latest.
  await clock.pass(2 * limits.keepAliveMs + 60_000);
  client.close();
  await sent;
  const log = await ports.log.list(room, whole);
  return { shown: shown.map(tagOf), log: log.map(tagOf), texts: log.map(({ text }) => text) };
}
const tagOf = ({ seq, tag }: LogEvent) => `${seq} ${tag}`;

describe("a client under which the log goes back", () => {
  it("shows a run of the log as it is, up to the head, or says that it began anew", async () => {
    await fc.assert(
      fc.asyncProperty(story, async (one) => {
        const { shown, log, texts } = await play(one);
        expect(shown).toEqual(log.slice(log.length - shown.length));
        expect(texts.filter((text) => text === "mine")).toHaveLength(one.isTalking ? 1 : 0);
      }),
      { numRuns: 150 },
    );
  });

  const lost = (count: number) => Array(count).fill(false);
  it.each<[string, Story, Mutant]>([
    [
      "a sync that does not look at tags",
      { before: 8, kept: 3, pushed: lost(5), isTalking: false },
      { request: ({ tags: _, ...rest }) => rest },
    ],
    [
      "a client that does not look at what is before an event",
      { before: 8, kept: 3, pushed: [...lost(5), true], isTalking: false },
      {
        event: (event, { cursor, tag }) =>
          event.seq === cursor + 1 ? { ...event, prev: tag } : event,
      },
    ],
  ])("skips in silence with %s", async (_title, one, mutant) => {
    const sound = await play(one);
    expect(sound.shown).toEqual(sound.log.slice(sound.log.length - sound.shown.length));
    const { shown, log } = await play(one, mutant);
    expect(shown).not.toEqual(log.slice(log.length - shown.length));
  });
});
