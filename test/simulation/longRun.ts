/**
 * A long random run: many users with devices on two gateways, doing what users do, while handlers
 * are killed, posts fail or get lost, pushes are late, doubled and out of order, and puts are asked
 * twice. Everything random comes from one seed, in the order of the steps, so a seed and a number
 * of steps are the whole run. Then the faults end, everybody catches up, and the checker decides.
 */
import { createHash } from "node:crypto";
import type { PostResult } from "../../lib/ports.ts";
import type { ServerFrame } from "../../lib/protocol/serverFrames.ts";
import { roomTopic } from "../../lib/pubsub/topics.ts";
import { check } from "../support/checker/check.ts";
import type { History, Violation } from "../support/checker/history.ts";
import { createDevice, type Device, type DeviceWorld } from "./device.ts";
import { isNow } from "./holding.ts";
import { type Random, randomOf } from "./random.ts";
import { allElse, type Step } from "./scheduler.ts";
import { realService, type Service } from "./service.ts";
import { createSimulation, defectsOf, type Simulation } from "./simulation.ts";
import { sketch } from "./sketch.ts";
import { unreadInThreads } from "./threads.ts";

interface LongRunOptions {
  seed: number;
  /** Steps until everybody is to catch up. */
  steps: number;
  service?: Service;
}

export interface LongRun {
  violations: Violation[];
  /** Of the whole trace: the same for the same seed and steps. */
  hash: string;
  trace: string[];
  counts: Record<string, number>;
}

const users = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"];
const rooms = ["general", "random", "lobby"];
const ledRoom = "lobby";
const probability = {
  kill: 0.004,
  lostPutAnswer: 0.03,
  throttled: 0.03,
  failed: 0.03,
  lostPush: 0.03,
  doubledPush: 0.03,
  /** A room's topic is split, or would be if it were not already. */
  split: 0.0003,
  /** A timer that goes off before everything else that is due: others are slow. */
  early: 0.002,
};
/** Shards that a room's topic is split into; beyond four all is left to the stream. */
const shards: Readonly<Record<string, number>> = { general: 2, random: 4, lobby: 8 };
/** Devices that hear a room beyond which it is delivered to by the stream. */
const largeRoomConnections = 7;
/** Steps in which everybody must have caught up. */
const catchUpSteps = 200_000;

export async function longRun(options: LongRunOptions): Promise<LongRun> {
  const random = randomOf(options.seed);
  const counts: Record<string, number> = {};
  const count = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  let isFaulty = true;
  const happens = (fault: Exclude<keyof typeof probability, "early">) => {
    const does = isFaulty && random.chance(probability[fault]);
    if (does) count(fault);
    return does;
  };
  const devices: Device[] = [];
  let pushes = 0;
  const simulation: Simulation = createSimulation({
    service: options.service ?? realService,
    random: random.next,
    pageSize: 3,
    largeRoomConnections,
    isPutAnswerLost: () => happens("lostPutAnswer"),
    posted(connection, frame, arrive): PostResult {
      if (happens("throttled")) return "throttled";
      if (happens("failed")) return "failed";
      const isPush = !("id" in frame);
      const times = happens("lostPush") ? 0 : isPush && happens("doubledPush") ? 2 : 1;
      for (let time = 0; time < times; time += 1) {
        const id = `push ${++pushes}`;
        const label = `${connection} receives ${sketch(frame)}`;
        simulation.scheduler.add({ id, thread: id, kind: "arrival", label, run: arrive });
      }
      return "delivered";
    },
    streamed: () => count("streamed"),
    changed: () => count("changed"),
    received(connection: string, frame: ServerFrame) {
      if (frame.type === "ack") count("acked");
      devices.find((device) => device.connection === connection)?.receive(frame);
    },
    closed: (connection) => devices.find((device) => device.connection === connection)?.notice(),
  });
  const world: DeviceWorld = {
    simulation,
    random,
    users,
    rooms,
    ledRoom,
    isEnding: () => !isFaulty,
  };
  for (const [index, user] of users.entries()) {
    devices.push(createDevice(user, `${user}-a`, world));
    if (index % 2 === 0) devices.push(createDevice(user, `${user}-b`, world));
  }

  const trace = traceOf(simulation);
  const lives = devices.map((device) => device.live());
  await allElse();
  for (let step = 0; step < options.steps; step += 1) {
    const victims = [...simulation.underWay.values()];
    if (victims.length > 0 && happens("kill")) {
      const victim = random.pick(victims);
      trace.note(`kill ${victim.task.name}`);
      victim.die();
      await allElse();
    }
    if (happens("split")) {
      const room = random.pick(rooms);
      void simulation.operate("operator", `split ${room}`, (ports) =>
        ports.subscriptions.split(roomTopic(room), shards[room] ?? 1),
      );
    }
    if (!(await takeOne(simulation, random, trace))) break;
  }
  isFaulty = false;
  await drain(simulation, random, trace, Promise.all(lives));
  for (const _round of [1, 2]) {
    const all = Promise.all(devices.map((device) => device.catchUp()));
    await drain(simulation, random, trace, all);
  }
  const since = simulation.entries.length;
  const all = Promise.all(devices.map((device) => device.readThreads()));
  await drain(simulation, random, trace, all);

  const history = await simulation.history();
  const violations = [
    ...(await unreadInThreads(simulation, history, since)),
    ...check(history, { isLossless: false }),
    ...behind(devices, history.logs),
    ...defectsOf(simulation),
  ];
  counts["events"] = [...history.logs.values()].reduce((sum, log) => sum + log.length, 0);
  counts["entries"] = history.entries.length;
  return {
    violations,
    hash: trace.hash(),
    trace: trace.lines,
    counts,
  };
}

/** Take a random step of those that can be taken now; false when there is none at all. */
async function takeOne(
  simulation: Simulation,
  random: Random,
  trace: ReturnType<typeof traceOf>,
): Promise<boolean> {
  const { scheduler } = simulation;
  const steps = scheduler.steps();
  if (steps.length === 0) return false;
  const isDue = ({ dueMs }: Step) => dueMs === undefined || dueMs <= scheduler.nowMs;
  const due = random.chance(probability.early) ? steps : steps.filter(isDue);
  const earliest = () =>
    steps.reduce((first, step) => ((step.dueMs ?? 0) < (first.dueMs ?? 0) ? step : first));
  const step = due.length > 0 ? random.pick(due) : earliest();
  trace.note(step.label);
  scheduler.nowMs += random.below(3);
  await scheduler.take(step);
  return true;
}

/** Go on until all that was begun has ended, operations included. */
async function drain(
  simulation: Simulation,
  random: Random,
  trace: ReturnType<typeof traceOf>,
  all: Promise<unknown>,
): Promise<void> {
  let isOver = false;
  void all.then(() => {
    isOver = true;
  });
  for (let step = 0; step < catchUpSteps; step += 1) {
    await allElse();
    if (!(await takeOne(simulation, random, trace))) break;
  }
  if (!isOver) throw new Error(`somebody has not caught up in ${catchUpSteps} steps`);
}

function traceOf(simulation: Simulation) {
  const hash = createHash("sha256");
  const lines: string[] = [];
  const startMs = simulation.scheduler.nowMs;
  return {
    lines,
    note(what: string) {
      const { taken, nowMs } = simulation.scheduler;
      const line = `${taken} ${nowMs - startMs} ms  ${what}`;
      hash.update(`${line}\n`);
      lines.push(line);
    },
    hash: () => hash.digest("hex").slice(0, 16),
  };
}

/**
 * What somebody who follows a room has not applied, though all have synced to its end; and what
 * they hold that is not as it is now.
 */
function behind(devices: readonly Device[], logs: History["logs"]): Violation[] {
  return devices.flatMap(({ name, followed }) =>
    [...followed].flatMap(([room, { start, applied, holding }]) => {
      const log = logs.get(room) ?? [];
      const due = log.map(({ seq }) => seq).filter((seq) => seq > start);
      const has = applied.map(({ seq }) => seq);
      const old = [...holding.messages].filter(([seq, held]) => !isNow(held, log[seq - 1]));
      const stories = old.map(([seq]) => ({
        promise: 12,
        story: `${name} synced ${room} to the end and holds another ${seq} than there is`,
        at: 0,
        room,
      }));
      if (due.join() === has.join()) return stories;
      const story = `${name} synced ${room} from ${start} to the end and has ${has.length} events`;
      return [...stories, { promise: 4, story: `${story} of ${due.length}`, at: 0, room }];
    }),
  );
}
