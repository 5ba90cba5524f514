/** Fan-out to large rooms: spread over shards, repeated without harm, and grown with the room. */
import { describe, expect, it } from "vitest";
import { deliverShard } from "../../lib/actions/messages/deliverShard.ts";
import { type Appended, type FanOutPorts, fanOut } from "../../lib/actions/messages/fanOut.ts";
import { send } from "../../lib/actions/messages/send.ts";
import { join } from "../../lib/actions/rooms/join.ts";
import { getConnection } from "../../lib/actions/rooms/subscribeToRoom.ts";
import type { ShardJob, ShardOutcome } from "../../lib/model.ts";
import type { MessageLog } from "../../lib/ports.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { LogEvent, ServerFrame } from "../../lib/protocol/serverFrames.ts";
import { subscribe } from "../../lib/pubsub/subscribe.ts";
import { roomTopic } from "../../lib/pubsub/topics.ts";
import { connectionOf, logEvent } from "../support/fixtures.ts";
import { world } from "../support/world.ts";

const room = "general";
const topic = roomTopic(room);
const later = Number.MAX_SAFE_INTEGER;

/** A room that so many made-up connections hear, in a world whose stream is an array. */
async function largeRoom(count: number, shards = 1) {
  const here = world();
  const { ports } = here;
  await ports.subscriptions.split(topic, shards);
  for (let index = 0; index < count; index += 1) await hear(index);
  const jobs: ShardJob[] = [];
  const workers = {
    async deliver(job: ShardJob): Promise<ShardOutcome> {
      jobs.push(job);
      return deliverShard(job, ports);
    },
  };
  const fanOutPorts = { ...ports, sharding: ports.subscriptions, workers, delivered: new Map() };
  return { ...here, jobs, fanOutPorts, hear };

  async function hear(index: number): Promise<void> {
    const connection = connectionOf(`u${index}`, { connectedAtMs: 0 });
    await ports.connections.add(connection, []);
    const known = await getConnection(ports, connection.connectionId);
    const subscribed = await subscribe(ports, known, [topic], async () => true);
    expect(subscribed.get(topic)).toMatchObject({ isFresh: true });
  }
}

/** What the stream brings of events, which are in the log. */
async function appended({ log }: Pick<FanOutPorts, "log">, batch: readonly Appended[]) {
  const whole = log as MessageLog;
  for (const { room, event } of batch) await whole.put(room, event);
  return batch;
}
const ofRoom = (...events: LogEvent[]) => events.map((event) => ({ room, event }));
const seqsOf = (frames: ServerFrame[]) =>
  frames.map((frame) => (frame.type === "events" ? frame.events.map(({ seq }) => seq) : []));

describe("a fan-out", () => {
  it("delivers to every shard, once to each connection (promise 4)", async () => {
    const { ports, jobs, fanOutPorts } = await largeRoom(300, 8);
    expect(
      await fanOut(await appended(fanOutPorts, ofRoom(logEvent(1))), later, fanOutPorts),
    ).toEqual(new Set());
    expect(jobs.map(({ shard }) => shard).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(new Set(ports.sockets.attempts).size).toBe(300);
    expect(ports.sockets.attempts).toHaveLength(300);
  });

  it("puts the events of a room that came together into one frame, by position", async () => {
    const { ports, fanOutPorts } = await largeRoom(2);
    const events = [logEvent(2), logEvent(1), logEvent(3), logEvent(2)];
    await fanOut(await appended(fanOutPorts, ofRoom(...events)), later, fanOutPorts);
    expect(seqsOf(ports.sockets.framesOf("u0-1"))).toEqual([[1, 2, 3]]);
  });

  it("posts nothing of a message that was deleted by then (promise 13)", async () => {
    const { ports, fanOutPorts } = await largeRoom(1);
    const batch = await appended(fanOutPorts, ofRoom(logEvent(1, { text: "sesame" })));
    const deleted = { by: "author", atMs: 1 } as const;
    await ports.log.change(room, 1, { set: { deleted }, remove: ["text"] });
    await fanOut(batch, later, fanOutPorts);
    const [frame] = ports.sockets.framesOf("u0-1");
    expect(frame).toMatchObject({ events: [{ seq: 1, v: 2, deleted }] });
    expect(JSON.stringify(frame)).not.toContain("sesame");
  });

  it("joins to what says that an event has changed that event, as it is by then", async () => {
    const { ports, fanOutPorts } = await largeRoom(1);
    await ports.log.put(room, logEvent(1));
    await ports.log.change(room, 1, { set: { text: "edited" }, remove: [] });
    const { text: _, ...place } = logEvent(2);
    const changed: LogEvent = { ...place, kind: "changed", of: 1, v: 2 };
    const batch = await appended(fanOutPorts, ofRoom(changed));
    await fanOut(batch, later, fanOutPorts);
    const now = { seq: 1, v: 2, text: "edited" };
    expect(ports.sockets.framesOf("u0-1")).toMatchObject([{ events: [{ of: 1, now }] }]);
  });

  it("puts no more into a frame than fits", async () => {
    const { ports, fanOutPorts } = await largeRoom(1);
    const events = [1, 2, 3].map((seq) => logEvent(seq, { text: "x".repeat(12_000) }));
    await fanOut(await appended(fanOutPorts, ofRoom(...events)), later, fanOutPorts);
    expect(seqsOf(ports.sockets.framesOf("u0-1"))).toEqual([[1, 2], [3]]);
  });

  it("goes on with a shard whose time ran out, from where it was", async () => {
    const { ports, jobs, fanOutPorts, pass } = await largeRoom(200);
    const { post } = ports.sockets;
    ports.sockets.post = async (...args) => {
      pass(limits.deliverMs / 100);
      return post(...args);
    };
    await fanOut(await appended(fanOutPorts, ofRoom(logEvent(1))), later, fanOutPorts);
    expect(jobs.length).toBeGreaterThan(1);
    expect(jobs[0]?.after).toBeUndefined();
    expect(new Set(ports.sockets.attempts).size).toBe(200);
  });

  it("fails a room whose own time runs out, for the stream to bring it again", async () => {
    const { fanOutPorts, ports, pass } = await largeRoom(200);
    ports.sockets.post = async () => {
      pass(limits.deliverMs);
      return "delivered";
    };
    const deadlineMs = ports.clock.nowMs() + limits.deliverMs;
    expect(
      await fanOut(await appended(fanOutPorts, ofRoom(logEvent(1))), deadlineMs, fanOutPorts),
    ).toEqual(new Set([room]));
  });

  it("tries a shard twice, then fails the room, and no other room of the batch", async () => {
    const { fanOutPorts, reports } = await largeRoom(1);
    let failures = 1;
    const { deliver } = fanOutPorts.workers;
    fanOutPorts.workers.deliver = async (job) => {
      if (job.room === room && failures-- > 0) throw new Error("killed");
      return deliver(job);
    };
    const batch = [...ofRoom(logEvent(1)), { room: "other", event: logEvent(1) }];
    expect(await fanOut(await appended(fanOutPorts, batch), later, fanOutPorts)).toEqual(new Set());
    failures = 2;
    expect(await fanOut(await appended(fanOutPorts, batch), later, fanOutPorts)).toEqual(
      new Set([room]),
    );
    expect(
      reports.map(({ what, details }) => [what, details["shards"] ?? details["rooms"]]),
    ).toEqual([
      ["shards failed once", 1],
      ["shards failed once", 1],
      ["fan-out failed", [room]],
    ]);
  });

  it("logs one line for a room, however many of its shards fail once", async () => {
    const { fanOutPorts, reports } = await largeRoom(1, 64);
    const failed = new Set<number>();
    fanOutPorts.workers.deliver = async ({ shard }) => {
      if (failed.has(shard)) return { connections: 1 };
      failed.add(shard);
      throw new Error("killed");
    };
    expect(
      await fanOut(await appended(fanOutPorts, ofRoom(logEvent(1))), later, fanOutPorts),
    ).toEqual(new Set());
    expect(reports).toMatchObject([{ what: "shards failed once", details: { shards: 64 } }]);
  });

  it("begins nothing behind its deadline, and gives a worker no more than is left", async () => {
    const { fanOutPorts, ports, pass } = await largeRoom(1);
    const given: number[] = [];
    fanOutPorts.workers.deliver = async ({ withinMs }) => {
      given.push(withinMs);
      pass(limits.deliverMs);
      return { connections: 1, stoppedBehind: "" };
    };
    const deadlineMs = ports.clock.nowMs() + limits.deliverMs * 1.5;
    expect(
      await fanOut(await appended(fanOutPorts, ofRoom(logEvent(1))), deadlineMs, fanOutPorts),
    ).toEqual(new Set([room]));
    expect(given).toEqual([limits.deliverMs, limits.deliverMs / 2]);
    expect(
      await fanOut(await appended(fanOutPorts, ofRoom(logEvent(1))), deadlineMs, fanOutPorts),
    ).toEqual(new Set([room]));
    expect(given).toHaveLength(2);
  });

  it("leaves other rooms their part of the time, however slow some are", async () => {
    const { fanOutPorts, ports, pass } = await largeRoom(1);
    // All that are delivered to at once are slow, and one waits behind them.
    fanOutPorts.workers.deliver = async ({ room, withinMs }) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (room === "quick") return { connections: 1 };
      pass(withinMs / 16);
      return { connections: 1, stoppedBehind: "" };
    };
    const slow = Array.from({ length: 16 }, (_, index) => `slow-${index}`);
    const batch = [...slow, "quick"].map((name) => ({ room: name, event: logEvent(1) }));
    const deadlineMs = ports.clock.nowMs() + limits.deliverMs * 2;
    expect(await fanOut(await appended(fanOutPorts, batch), deadlineMs, fanOutPorts)).toEqual(
      new Set(slow),
    );
  });

  it("delivers to a slow room alone when its batch comes again", async () => {
    const { fanOutPorts } = await largeRoom(1);
    const asked: string[] = [];
    let isSlow = true;
    fanOutPorts.workers.deliver = async (job) => {
      asked.push(`${job.room} ${job.events.map(({ seq }) => seq)}`);
      if (job.room === "slow" && isSlow) throw new Error("killed");
      return { connections: 1 };
    };
    const batch = [
      { room: "slow", event: logEvent(1) },
      { room: "other", event: logEvent(1) },
      { room: "other", event: logEvent(2) },
    ];
    expect(await fanOut(await appended(fanOutPorts, batch), later, fanOutPorts)).toEqual(
      new Set(["slow"]),
    );
    isSlow = false;
    asked.length = 0;
    const longer = [...batch, { room: "other", event: logEvent(3) }];
    expect(await fanOut(await appended(fanOutPorts, longer), later, fanOutPorts)).toEqual(
      new Set(),
    );
    expect(asked).toEqual(["slow 1", "other 3"]);
  });

  it("splits a topic whose newer shards are full, and moves nobody", async () => {
    const { ports, fanOutPorts, hear } = await largeRoom(limits.shardConnections + 1);
    await fanOut(await appended(fanOutPorts, ofRoom(logEvent(1))), later, fanOutPorts);
    expect(await ports.subscriptions.shardsOf(topic)).toBe(2);
    const before = ports.sockets.attempts.length;
    for (let index = 2_000; index < 2_050; index += 1) await hear(index);
    await fanOut(await appended(fanOutPorts, ofRoom(logEvent(2))), later, fanOutPorts);
    expect(ports.sockets.attempts.slice(before)).toHaveLength(limits.shardConnections + 51);
  });

  it("gives a room back to its senders when few are left", async () => {
    const { ports, fanOutPorts } = await largeRoom(limits.directConnections / 2 - 1);
    await ports.log.setDelivery(room, "stream");
    await fanOut(await appended(fanOutPorts, ofRoom(logEvent(1))), later, fanOutPorts);
    expect((await ports.log.tail(room, 1)).delivery).toBe("direct");
  });

  it("keeps a room that is about as large as a sender's own", async () => {
    const { ports, fanOutPorts } = await largeRoom(limits.directConnections / 2);
    await ports.log.setDelivery(room, "stream");
    await fanOut(await appended(fanOutPorts, ofRoom(logEvent(1))), later, fanOutPorts);
    expect((await ports.log.tail(room, 1)).delivery).toBe("stream");
  });
});

describe("a send to a room", () => {
  const say =
    (here: Awaited<ReturnType<typeof largeRoom>>, cid: string, seq?: number) => async () => {
      const alice = await here.as("alice");
      await join({ action: "join", room }, alice, here.ports);
      const { ports } = here;
      const before = ports.sockets.attempts.length;
      const options = { exceptConnection: alice.connection.connectionId, publishMs: 20_000 };
      const ack = await send({ room, text: "hi", cid }, alice, ports, options);
      if (seq !== undefined) expect(ack.seq).toBe(seq);
      return ports.sockets.attempts.length - before;
    };

  it("that fits its own function is delivered there", async () => {
    const here = await largeRoom(limits.directConnections - 1);
    expect(await say(here, "c-1")()).toBe(limits.directConnections - 1);
    expect((await here.ports.log.tail(room, 1)).delivery).toBe("direct");
  });

  it("that is larger is handed over, and so is all that follows", async () => {
    const here = await largeRoom(limits.directConnections);
    expect(await say(here, "c-1", 1)()).toBe(0);
    expect(await say(here, "c-2", 2)()).toBe(0);
    const { events, delivery } = await here.ports.log.tail(room, 10);
    expect(delivery).toBe("stream");
    expect(events.map((event) => event.delivery)).toEqual(["stream", "stream"]);
  });

  it("is handed over by the retry of a send that died before it was (promise 10)", async () => {
    const here = await largeRoom(limits.directConnections);
    const { handOver } = here.ports.log;
    here.ports.log.handOver = async () => {
      throw new Error("killed");
    };
    await say(here, "c-1", 1)();
    expect((await here.ports.log.tail(room, 1)).events[0]?.delivery).toBeUndefined();
    here.ports.log.handOver = handOver;
    await say(here, "c-1", 1)();
    expect((await here.ports.log.tail(room, 1)).events[0]?.delivery).toBe("stream");
  });
});
