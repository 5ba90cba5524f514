/**
 * Fans out the messages of one room as they arrive: the real action, with a worker in this very
 * process, and an array in place of the stream.
 */
import { setTimeout as wait } from "node:timers/promises";
import { deliverShard } from "../../lib/actions/messages/deliverShard.ts";
import { fanOut } from "../../lib/actions/messages/fanOut.ts";
import { openRoom } from "../../lib/model.ts";
import type { LogEvent } from "../../lib/protocol/serverFrames.ts";

import { generatedRoom } from "./generatedRoom.ts";
import { patientSockets } from "./patientSockets.ts";
import type { Talk, Talked } from "./sharedFrames.ts";
import { answerTasks } from "./tasks.ts";

const sockets = patientSockets();
const clock = { nowMs: () => Date.now(), wait: (ms: number) => wait(ms) };
const report = (what: string, { error }: Readonly<Record<string, unknown>>) => {
  throw new Error(what, { cause: error });
};
const measure = () => {};

const message = (seq: number): LogEvent => ({
  seq,
  n: seq,
  tag: "abcdefgh",
  kind: "message",
  from: "alice",
  cid: `cid-${seq}`,
  text: "x".repeat(100),
  sentAtMs: Date.now(),
});

answerTasks(async (talk: Talk): Promise<Talked> => {
  const { connections, messages, perSecond, batchMax, url } = talk;
  const room = generatedRoom(connections, url);
  const ports = { ...room, sockets, clock, report, measure, random: Math.random };
  const fanOutPorts = {
    sharding: { shardsOf: async () => 1, split: async () => {} },
    log: {
      setDelivery: async () => {},
      findAll: async (_room: string, seqs: readonly number[]) => seqs.map(message),
    },
    rooms: { find: async () => openRoom },
    workers: { deliver: (job: Parameters<typeof deliverShard>[0]) => deliverShard(job, ports) },
    clock,
    report,
    measure,
    delivered: new Map(),
  };
  const startedAt = performance.now();
  const before = process.cpuUsage();
  for (let taken = 0; taken < messages; ) {
    const arrived = 1 + Math.floor(((performance.now() - startedAt) * perSecond) / 1_000);
    const ready = Math.min(arrived, messages, taken + batchMax);
    if (ready === taken) {
      await wait((taken * 1_000) / perSecond - (performance.now() - startedAt));
      continue;
    }
    const events = Array.from({ length: ready - taken }, (_, index) => message(taken + index + 1));
    const appended = events.map((event) => ({ room: "large", event }));
    const failed = await fanOut(appended, Number.POSITIVE_INFINITY, fanOutPorts);
    if (failed.size > 0) throw new Error("a fan-out failed");
    taken = ready;
  }
  const { user, system } = process.cpuUsage(before);
  return { elapsedMs: performance.now() - startedAt, cpuMicroseconds: user + system };
});
