/**
 * Rooms that more connections hear than one function posts to: their events reach everybody by way
 * of the log's stream, and small rooms go on as they were. A post whose answer is late is posted
 * again, which a client drops by its position, as these tests do. Recipients whose gateway answers
 * too late are skipped, and the service says so: then the test begins anew in another room.
 */
import { readFileSync } from "node:fs";
import { describe, expect, inject, it } from "vitest";
import { dynamoMessageLog } from "../../lib/adapters/dynamodb/messageLog.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { LogEvent, ServerFrame } from "../../lib/protocol/serverFrames.ts";
import { defaultTablePrefix, localClient } from "../../local/emulator/database/tables.ts";
import type { Client } from "../support/client.ts";
import { shared } from "../support/endpoints.ts";
import { fakeGateway, ghostsIn } from "../support/fakeGateway.ts";
import { logOf, pushedTo, roomOf } from "../support/room.ts";

/** The events that a client was shown by now or will be, once each, up to a position. */
async function shownTo(client: Client, seq: number): Promise<LogEvent[]> {
  const shown = () => new Map(pushedTo(client).map((event) => [event.seq, event]));
  while (shown().size < seq) await client.next("events");
  return [...shown().values()];
}

const seqsOf = (frames: readonly ServerFrame[] = []) =>
  frames.flatMap((frame) => (frame.type === "events" ? frame.events.map(({ seq }) => seq) : []));

/** A room with two real connections, and more made-up ones than a sender posts to. */
async function largeRoom() {
  const { room, clients } = await roomOf("alice", "bob");
  const gateway = await fakeGateway();
  gateway.release(200);
  const count = limits.directConnections;
  await ghostsIn(room, gateway.url, count);
  const everybodyHas = (seq: number) =>
    gateway.until(
      (frames) =>
        frames.size === count && [...frames.values()].every((f) => seqsOf(f).includes(seq)),
    );
  return { room, clients, gateway, everybodyHas };
}

type LargeRoom = Awaited<ReturnType<typeof largeRoom>>;

/** Plays `story` in one large room after another, to the first in which nobody is skipped. */
async function inLargeRoom(story: (place: LargeRoom) => Promise<void>): Promise<void> {
  for (;;) {
    const place = await largeRoom();
    const skipped = untilSkipped(place.room);
    const isWhole = await Promise.race([
      story(place).then(() => true),
      skipped.promise.then(() => false),
    ]).finally(skipped.stop);
    if (isWhole) return;
  }
}

/** Resolves when the service says that it skipped recipients in a room. */
function untilSkipped(room: string) {
  const isSkip = (line: string) =>
    line.includes('"what":"recipients skipped"') && line.includes(`"room":"${room}"`);
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<void>((resolve) => {
    timer = setInterval(() => {
      if (readFileSync(inject("complaintsPath"), "utf8").split("\n").some(isSkip)) resolve();
    }, 500);
  });
  return { promise, stop: () => clearInterval(timer) };
}

async function deliveryOf(room: string): Promise<string> {
  const client = localClient(shared().databaseUrl);
  const log = dynamoMessageLog({ client, name: `${defaultTablePrefix}rooms` });
  const { delivery } = await log.tail(room, 1);
  client.destroy();
  return delivery;
}

describe("a room that more than one function's worth of connections hear", () => {
  it("gets the event that meets it, and all that follow (promise 4)", () =>
    inLargeRoom(async ({ room, clients, gateway, everybodyHas }) => {
      const [alice, bob] = clients;
      expect(await deliveryOf(room)).toBe("direct");
      await alice.request("ack", { action: "send", room, text: "handed over" });
      await everybodyHas(1);
      expect(await deliveryOf(room)).toBe("stream");

      await bob.request("ack", { action: "send", room, text: "put for the stream" });
      await everybodyHas(2);
      expect(await shownTo(alice, 2)).toEqual(await logOf(room, alice));
      expect(await shownTo(bob, 2)).toEqual(await logOf(room, bob));
      for (const frames of gateway.frames.values()) {
        expect([...new Set(seqsOf(frames))]).toEqual([1, 2]);
      }
    }));

  it("shares frames between events that come while it is delivered to", () =>
    inLargeRoom(async ({ room, clients, gateway, everybodyHas }) => {
      const [alice, bob] = clients;
      await alice.request("ack", { action: "send", room, text: "the first" });
      await everybodyHas(1);
      gateway.hold();
      const texts = Array.from({ length: limits.senderEvents - 1 }, (_, index) => `more ${index}`);
      await Promise.all(texts.map((text) => alice.request("ack", { action: "send", room, text })));
      gateway.release(200);
      const last = 1 + texts.length;
      await everybodyHas(last);
      for (const frames of gateway.frames.values()) {
        const shown = [...new Set(seqsOf(frames))];
        expect(shown).toEqual(shown.toSorted((a, b) => a - b));
        expect(frames.length).toBeLessThan(texts.length);
      }
      // The gateway of this connection answered all the time, so it was shown every event.
      expect(await shownTo(bob, last)).toEqual(await logOf(room, bob));
    }));

  it("is delivered to by its senders again when most have gone", () =>
    inLargeRoom(async ({ room, clients, gateway, everybodyHas }) => {
      const [alice, bob] = clients;
      await alice.request("ack", { action: "send", room, text: "to many" });
      await everybodyHas(1);
      gateway.release(410);
      await alice.request("ack", { action: "send", room, text: "is anybody there?" });
      while ((await deliveryOf(room)) !== "direct") await shownTo(bob, 2);
      await alice.request("ack", { action: "send", room, text: "to few" });
      expect(await shownTo(bob, 3)).toEqual(await logOf(room, bob));
      const { online } = await alice.request("who", { action: "who", room });
      expect(online.map(({ user }) => user)).toEqual([alice.user, bob.user]);
    }));
});
