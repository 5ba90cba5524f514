/**
 * What is wrong at the end of a small case: by the checker, by what is left in the tables, and
 * after everybody who is still connected has said hello and synced. More is asked here than of a
 * long run, because it is known who was to be reached, and what may be refused.
 */
import { stateOf } from "../../lib/actions/rooms/membershipSteps.ts";
import type { ErrorCode } from "../../lib/protocol/codes.ts";
import type { ServerFrame } from "../../lib/protocol/serverFrames.ts";
import { focusTopic, roomTopic, userTopic } from "../../lib/pubsub/topics.ts";
import { check } from "../support/checker/check.ts";
import type { Violation } from "../support/checker/history.ts";
import { presenceSettles } from "../support/checker/presence.ts";
import { nobodyWaits } from "../support/checker/recipients.ts";
import { refusedIn } from "../support/syncReply.ts";
import type { Here, SmallCase } from "./caseShape.ts";
import { room } from "./cases/frames.ts";
import { leaderless } from "./leading.ts";
import { followingsOf, outdated } from "./onlookers.ts";
import { defectsOf, type Simulation } from "./simulation.ts";
import type { Stores } from "./stores.ts";
import { expiredOf } from "./sweeping.ts";

/** What is wrong now, and after everybody who is still connected has synced. */
export async function settle(small: SmallCase, here: Here): Promise<Violation[]> {
  const { simulation } = here;
  const violations = [
    ...check(await simulation.history(), { isLossless: true, wasKilled: here.wasKilled }),
    ...(small.cleanedBy ? [] : await strayOf(simulation)),
    ...(await evictedOf(simulation)),
    ...(await looksOf(simulation, small)),
    ...refusalsOf(small, simulation),
    // Who is asked again after a kill is told again, too.
    ...(here.wasKilled ? [] : nobodyWaits(await simulation.history(), silentOf(small))),
    ...(await unforgottenOf(small, here)),
  ];
  if (small.isTimed) violations.push(...(await presenceOf(here)));
  simulation.isDirect = true;
  if (small.cleanedBy) {
    await here.ask("end", "alice-1", small.cleanedBy);
    violations.push(...(await strayOf(simulation)));
  }
  violations.push(...(await outdatedIn(small, here)));
  for (const connection of simulation.stores.network.open.keys()) {
    const rooms = Object.fromEntries(small.rooms.map((room) => [room, 0]));
    await here.ask("end", connection, { action: "hello" });
    await here.ask("end", connection, { action: "sync", rooms });
  }
  violations.push(...check(await simulation.history(), { isLossless: false }));
  violations.push(...(await leaderless(here)));
  if (small.retentionMs) violations.push(...(await expiredOf(here, small.retentionMs)));
  violations.push(...defectsOf(simulation));
  return violations;
}

/** What clients hold that is not as it is now, when each has synced from its cursor. */
async function outdatedIn({ rooms }: SmallCase, here: Here): Promise<Violation[]> {
  const { stores, entries } = here.simulation;
  const violations: Violation[] = [];
  for (const name of rooms) {
    for (const [connection, { cursor }] of followingsOf(entries, name)) {
      if (!stores.network.open.has(connection)) continue;
      await here.ask("end", connection, { action: "sync", rooms: { [name]: cursor } });
    }
    violations.push(...outdated(await here.simulation.history(), name));
  }
  return violations;
}

const silentOf = ({ ills = {} }: SmallCase) =>
  new Set(Object.keys(ills).filter((connection) => ills[connection] === "silent"));

/**
 * Presence is the truth when nobody was killed. A handler that dies may leave one word unsaid:
 * until the user next comes to the room, or the last of their devices goes.
 */
async function presenceOf(here: Here): Promise<Violation[]> {
  const { simulation } = here;
  if (!here.wasKilled) return presenceSettles(await simulation.history());
  simulation.isDirect = true;
  await here.arrive("alice-9", room);
  const violations = presenceSettles(await simulation.history());
  const { open } = simulation.stores.network;
  for (const connection of [...open.keys()].filter((name) => name.startsWith("alice-"))) {
    simulation.close(connection);
    await simulation.disconnect("end", connection);
  }
  return [...violations, ...presenceSettles(await simulation.history())];
}

/** Connections that were forgotten, or taken off their user's topic, while they were there. */
async function evictedOf({ stores, entries }: Simulation): Promise<Violation[]> {
  const violations: Violation[] = entries.flatMap((entry, at) => {
    if (entry.what !== "received" || entry.frame.type !== "disconnect") return [];
    const { connection, frame } = entry;
    return [{ promise: 8, story: `${connection} was told to go: ${frame.code}`, at, connection }];
  });
  for (const connection of stores.network.open.keys()) {
    const known = await stores.connections.find(connection);
    const topic = userTopic(known?.connection.user ?? "");
    if (await isHeard(stores, topic, connection)) continue;
    const story = `${connection} is there, and was forgotten`;
    violations.push({ promise: 8, story, at: entries.length, connection });
  }
  return violations;
}

async function isHeard(stores: Stores, topic: string, connection: string): Promise<boolean> {
  const subscribers = await stores.subscribersOf(topic);
  return subscribers.some(({ connectionId }) => connectionId === connection);
}

/**
 * Connections that were found gone and still hear the room, or are still known. The latter only
 * when nobody was killed: a forgetting that dies leaves an item that hears nothing, until it
 * expires.
 */
async function unforgottenOf(small: SmallCase, here: Here): Promise<Violation[]> {
  const { stores, entries } = here.simulation;
  const violations: Violation[] = [];
  for (const connection of small.forgotten ?? []) {
    const known = here.wasKilled ? undefined : await stores.connections.find(connection);
    if (known === undefined && !(await isHeard(stores, roomTopic(room), connection))) continue;
    const story = `${connection} was found gone and is not forgotten`;
    violations.push({ promise: 8, story, at: entries.length, connection });
  }
  return violations;
}

/** Answers that are errors for no reason that the case gives. */
function refusalsOf({ refusals = [] }: SmallCase, { entries }: Simulation): Violation[] {
  return entries.flatMap((entry, at) => {
    if (entry.what !== "received") return [];
    const { connection, frame } = entry;
    return errorsIn(frame).flatMap(({ code, message }) => {
      if (refusals.includes(code)) return [];
      const promise = code === "not_member" ? 7 : 9;
      return [{ promise, story: `${connection} was refused: ${message}`, at }];
    });
  });
}

function errorsIn(frame: ServerFrame): { code: ErrorCode; message: string }[] {
  if (frame.type === "sync" || frame.type === "focused") {
    return refusedIn(frame).map(({ error }) => error);
  }
  return frame.type === "error" ? [frame] : [];
}

/**
 * Connections that are shown the hints of other rooms than one `focus` of theirs asked for, or of
 * fewer, where nobody leaves a room.
 */
async function looksOf(
  { stores, entries }: Simulation,
  { refusals = [] }: SmallCase,
): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const connection of stores.network.open.keys()) {
    const asked = entries.flatMap((entry) => {
      if (entry.what !== "asked" || entry.connection !== connection) return [];
      return entry.frame.action === "focus" ? [entry.frame.rooms] : [];
    });
    if (asked.length === 0) continue;
    const names = [...new Set(asked.flat())];
    const areHeard = await Promise.all(
      names.map((name) => isHeard(stores, focusTopic(name), connection)),
    );
    const seen = names.filter((_, n) => areHeard[n]);
    const isOf = (rooms: readonly string[]) =>
      seen.every((name) => rooms.includes(name)) &&
      (refusals.includes("not_member") || rooms.length === seen.length);
    if (asked.some(isOf)) continue;
    const story = `${connection} looks at ${seen.join(", ")}, which no focus asked for`;
    violations.push({ promise: 7, story, at: entries.length, connection });
  }
  return violations;
}

/** Subscriptions that no connection item names, or whose user is no member. */
async function strayOf({ stores, entries }: Simulation): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const topic of stores.topics) {
    for (const { connectionId, user } of await stores.subscribersOf(topic)) {
      const blame = (promise: number, story: string) =>
        violations.push({ promise, story, at: entries.length, connection: connectionId });
      const known = await stores.connections.find(connectionId);
      if (!known?.topics.has(topic)) {
        blame(8, `nothing names the subscription of ${connectionId} to ${topic}`);
      }
      const [, room] = /^(?:room|focus):([^:]+)$/.exec(topic) ?? [];
      // An owner who is out comes back whenever they like: to lead is to belong.
      const isMember = async (name: string) =>
        stateOf(await stores.memberships.find(user, name)) === "member" ||
        (await stores.log.onRooms.find(name)).owners.includes(user);
      if (room !== undefined && !(await isMember(room))) {
        blame(7, `${connectionId} is left subscribed to ${topic}, as no member`);
      }
    }
  }
  return violations;
}
