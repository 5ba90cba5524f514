/**
 * How a run comes to rest, so that the verdict can ask for everything. Senders learn the fate of
 * their messages, owners show that they can lead their rooms, and all devices come back and catch
 * up with the logs.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Device } from "./device.ts";
import { askLeaders, type Leader } from "./leaders.ts";
import type { Recorder } from "./recorder.ts";
import type { Stack } from "./stack.ts";
import { readTruth, type Truth } from "./truth.ts";

/**
 * By then the function and the gateway have given up on any request: the emulator lets a process
 * start for a minute and a function run for half of one. The rest is for waiting for a process.
 */
export const answerMs = 150_000;
/** Only bounds a hang. Who was told nothing for want of time would be blamed for being slow. */
const settleMs = 300_000;
/** What a handler that nobody waits for still appends moves the end; it cannot go on for long. */
const catchUpRounds = 3;

/** No more faults: everybody learns what became of their messages, comes back, and catches up. */
export async function settle(
  devices: readonly Device[],
  { client, roomsTable }: Pick<Stack, "client" | "roomsTable">,
  recorder: Recorder,
): Promise<{ truth: Truth; leaders: Leader[] }> {
  for (const device of devices) {
    device.line.dropDead();
    device.come();
  }
  await until(() => devices.every(({ pending }) => pending === 0), settleMs);
  await until(() => recorder.unanswered() === 0, answerMs);
  recorder.endOverdue(answerMs);
  const leaders = await askLeaders(
    devices,
    async () => (await readTruth(client, roomsTable)).leaderships,
  );
  await Promise.all(devices.map(lose));
  for (const { client } of devices) client.connect();
  for (let round = 0; round < catchUpRounds; round += 1) {
    const truth = await readTruth(client, roomsTable);
    if (await until(() => devices.every((device) => isThere(device, truth)), settleMs)) break;
  }
  return { truth: await readTruth(client, roomsTable), leaders };
}

/** Cut its connection, and wait until it knows. */
export async function lose({ client, line }: Device): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = client.on("status", () => {
      stop();
      resolve();
    });
    if (!line.cut()) resolve();
  });
}

function isThere({ client, followings, user }: Device, { logs, memberships }: Truth): boolean {
  if (client.status !== "live") return false;
  return followings.rooms.every((room) => {
    const isIn = memberships.get(user)?.has(room) ?? false;
    return isIn ? followings.cursor(room) >= (logs.get(room)?.length ?? 0) : false;
  });
}

/** Returns whether it came true in time. */
export async function until(isTrue: () => boolean, withinMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + withinMs;
  while (!isTrue()) {
    if (performance.now() > deadlineMs) return false;
    await delay(100);
  }
  return true;
}
