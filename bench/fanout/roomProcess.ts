/** Delivers frames to one room, as the functions do, and says what that took this process. */
import { forgetting } from "../../lib/actions/connections/forget.ts";
import type { Clock } from "../../lib/ports.ts";
import { deliver } from "../../lib/pubsub/deliver.ts";
import { messageFrame } from "./frame.ts";
import { generatedRoom } from "./generatedRoom.ts";
import { patientSockets } from "./patientSockets.ts";
import type { Reached, Reaching } from "./roomSizes.ts";
import { answerTasks } from "./tasks.ts";

/** Nothing is to end for want of time here. */
const withinMs = 3_600_000;

const clock: Clock = {
  nowMs: () => Date.now(),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
const sockets = patientSockets();

answerTasks(async ({ url, connections, forMs }: Reaching): Promise<Reached> => {
  const room = generatedRoom(connections, url);
  const ports = {
    subscriptions: room.subscriptions,
    connections: room.connections,
    sockets,
    clock,
    random: () => Math.random(),
    report: (what: string) => {
      throw new Error(what);
    },
    measure: () => {},
  };
  const total = { frames: 0, delivered: 0, gone: 0, skipped: 0, forgotten: 0 };
  const startedAt = performance.now();
  const before = process.cpuUsage();
  do {
    total.frames += 1;
    const frames = [messageFrame(total.frames)];
    const forgetAll = forgetting(ports, Date.now() + withinMs);
    const outcome = await deliver(ports, room.pages(), frames, { withinMs }, forgetAll);
    total.delivered += outcome.delivered;
    total.gone += outcome.gone;
    total.skipped += outcome.skipped;
    total.forgotten += room.takeForgotten();
  } while (performance.now() - startedAt < forMs);
  const { user, system } = process.cpuUsage(before);
  return {
    ...total,
    elapsedMs: performance.now() - startedAt,
    cpuMicroseconds: user + system,
    peakMb: process.resourceUsage().maxRSS / 1024,
  };
});
