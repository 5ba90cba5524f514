/**
 * The story of a cluster, in the order in which it happens. Everybody talks all the time; between
 * two parts so many messages are waited for, never a time. What goes wrong in a part is noted, not
 * thrown: the story goes on to its end, and the verdict has all of it.
 */
import { setTimeout as delay } from "node:timers/promises";
import { limits } from "../../../client/limits.ts";
import { gatewaysFor } from "../../../lib/actions/gateways/gatewayChoice.ts";
import { directRoom } from "../../../lib/protocol/names.ts";
import type { Device } from "../../../test/fault/device.ts";
import { lose, until } from "../../../test/fault/settle.ts";
import type { Violation } from "../../../test/support/checker/history.ts";
import { intrude } from "./intruder.ts";
import type { Scene, Story } from "./scene.ts";

/** Everybody is in it, on whichever gateway. */
export const hall = "hall";
/** Only bounds a hang: on a machine that has much else to do it takes its time. */
const patienceMs = 120_000;
const insistMs = 500;

export async function playStory(scene: Scene): Promise<Story> {
  const { cluster, devices, newcomers, say, random } = scene;
  const violations: Violation[] = [];
  const ways = new Set<string>();
  const callRoll = async (promise: number, present: readonly Device[]) =>
    violations.push(...(await rollCall(scene, promise, present, ways)));

  await arrive(scene, devices);
  say(`${usersOf(devices)} users are there: ${spread(scene, devices)}`);
  for (const { websocketUrl } of cluster.gateways) await visit(scene, websocketUrl);
  await talk(scene);
  await callRoll(11, devices);

  const victim = random.pick(occupied(scene, devices));
  const killed = await killUnderLoad(scene, victim, () => callRoll(8, elsewhere(scene, victim)));
  await talk(scene);

  await leaveNews(scene);
  const added = await grow(scene);
  const everybody = [...devices, ...newcomers];
  await talk(scene);
  await callRoll(11, everybody);

  const drained = random.pick(
    occupied(scene, everybody).filter((name) => name !== victim && name !== added.gateway),
  );
  say(`${drained} is drained, while everybody talks`);
  say(await cluster.drain(drained));
  await talk(scene);
  const left = everybody.filter((device) => scene.places.now(device) === drained);
  for (const { name } of left) say(`${name} is still on ${drained}`);
  say(`where users are now: ${spread(scene, everybody)}`);
  return { violations, killed, ways, added, drained };
}

const isThere = ({ client }: Device) => client.status === "connected";
const usersOf = (devices: readonly Device[]) => new Set(devices.map(({ user }) => user)).size;

function spread({ cluster, places }: Scene, devices: readonly Device[]): string {
  const counts = cluster.gateways.map(({ name }) => {
    return `${usersOf(devices.filter((device) => places.now(device) === name))} on ${name}`;
  });
  return counts.join(", ");
}

/** Gateways that are up and have users, by name. */
function occupied({ cluster, places }: Scene, devices: readonly Device[]): string[] {
  const names = cluster.gateways.filter(({ isUp }) => isUp).map(({ name }) => name);
  return names.filter((name) => devices.some((device) => places.now(device) === name));
}

const elsewhere = ({ devices, places }: Scene, gateway: string) =>
  devices.filter((device) => places.now(device) !== gateway);

/** So many more messages. */
async function talk({ counts, messages }: Scene): Promise<void> {
  const enough = counts.of("traffic", "acked") + messages;
  await until(() => counts.of("traffic", "acked") >= enough, patienceMs);
}

async function arrive(scene: Scene, devices: readonly Device[]): Promise<void> {
  for (const device of devices) {
    device.come();
    await enter(device);
    void device.live(() => scene.isOver);
  }
}

async function enter({ client, followings }: Device): Promise<void> {
  const { seq } = await insist(() => client.request("join", { room: hall }));
  followings.follow(hall, seq);
}

/** Who gives up after half a minute, as a program should, gives up too early for a busy machine. */
async function insist<T>(work: () => Promise<T>): Promise<T> {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > untilMs) throw error;
      await delay(insistMs);
    }
  }
}

let words = 0;

async function write({ name, client, followings }: Device, room: string): Promise<number> {
  const cid = `${name}-call-${++words}`;
  followings.follow(room, 0);
  const { seq } = await client.follow(room).send(`is everybody there? ${cid}`, { cid });
  return seq;
}

/** To everybody; who has left the hall meanwhile, enters it again. */
function call(device: Device): Promise<number> {
  return insist(async () => {
    await enter(device);
    return write(device, hall);
  });
}

async function visit({ recorder, places, intruder, devices }: Scene, url: string): Promise<void> {
  const [one, other] = [devices[0]?.user ?? "", devices.at(-1)?.user ?? ""];
  const victims = { room: hall, directRoom: directRoom(one, other) };
  const options = { user: intruder, recorder, opened: places.opened };
  await insist(() => intrude(url, { ...victims, users: [one, other] }, options));
}

/** Somebody on each gateway says something to all who are there, and they get it. */
async function rollCall(
  scene: Scene,
  promise: number,
  present: readonly Device[],
  ways: Set<string>,
): Promise<Violation[]> {
  const { random, recorder, places, say } = scene;
  const names = occupied(scene, present);
  for (const from of names) {
    for (const to of names) if (from !== to) ways.add(`${from} → ${to}`);
  }
  const violations: Violation[] = [];
  for (const gateway of names) {
    const there = present.filter((device) => places.now(device) === gateway);
    const seq = await call(random.pick(there));
    const deaf = () =>
      present.filter(({ followings: { rooms, cursor } }) => {
        return rooms.includes(hall) && cursor(hall) < seq;
      });
    await until(() => deaf().length === 0, patienceMs);
    for (const { name } of deaf()) {
      const story = `${name} was not told of ${hall} ${seq}, said on ${gateway}`;
      violations.push({ promise, story, at: recorder.entries.length, room: hall });
    }
  }
  say(`everybody on ${names.join(", ")} hears everybody`);
  return violations;
}

/** `kill -9`, at a moment in which one of its users' messages is being stored. */
async function killUnderLoad(
  scene: Scene,
  victim: string,
  meanwhile: () => Promise<unknown>,
): Promise<Story["killed"]> {
  const { cluster, devices, recorder, places, say } = scene;
  const isOn = (device: Device) => places.now(device) === victim;
  const lost = await new Promise<Device[]>((resolve) => {
    scene.onAppend = (from) => {
      const theirs = devices.filter(({ user }) => user === from);
      if (theirs.length === 0 || !theirs.every(isOn)) return;
      scene.onAppend = undefined;
      cluster.kill(victim);
      resolve(devices.filter(isOn));
    };
  });
  const [at, atMs] = [recorder.entries.length, performance.now()];
  say(`${victim} was killed with ${lost.length} devices of ${usersOf(lost)} users on it`);
  const isBack = (device: Device) => device.client.status === "connected" && !isOn(device);
  const back = until(() => lost.every(isBack), patienceMs).then(() => {
    const backMs = performance.now() - atMs;
    say(`all of them are back elsewhere, the last ${(backMs / 1_000).toFixed(1)} s later`);
    return backMs;
  });
  await meanwhile();
  const backMs = await back;
  return { gateway: victim, at, until: recorder.entries.length, users: usersOf(lost), backMs };
}

/** Those who have never been there are written to, and somebody says the same thing twice. */
async function leaveNews({ devices, newcomers, random, say }: Scene): Promise<void> {
  for (const user of new Set(newcomers.map(({ user }) => user))) {
    const writer = random.pick(devices);
    await write(writer, directRoom(writer.user, user));
  }
  for (const { line } of devices) line.sendAgain(0);
  say(`${usersOf(newcomers)} users who never were there have been written to`);
}

/**
 * Everybody's connection has lasted for as long as one may, and ends: for one half of the users
 * after the other. By then a client asks again where to connect.
 */
async function comeAgain({ devices, random, letPass }: Scene): Promise<void> {
  letPass(limits.placeMs);
  const halves = [0, 1].map((half) => devices.filter((_, index) => index % 2 === half));
  for (const half of halves) {
    await Promise.all(half.map(lose));
    // So that there is something that they have missed.
    const other = random.pick(devices.filter((device) => !half.includes(device)));
    await call(other);
    for (const { come } of half) come();
    await until(() => half.every(isThere), patienceMs);
  }
}

/** One more gateway; those who come, and come back, are spread over it and the others. */
async function grow(scene: Scene): Promise<Story["added"]> {
  const { cluster, devices, newcomers, places, say } = scene;
  const { name: gateway } = await cluster.add();
  const before = new Map(devices.map((device) => [device, places.now(device)]));
  await comeAgain(scene);
  await arrive(scene, newcomers);
  const everybody = [...devices, ...newcomers];
  await until(() => everybody.every(isThere), patienceMs);

  const moved = devices.filter((device) => places.now(device) !== before.get(device));
  const list = await cluster.list();
  const up = new Set(cluster.gateways.filter(({ isUp }) => isUp).map(({ name }) => name));
  const isDue = ({ user }: Device) =>
    [...gatewaysFor(user, list)].find(({ name }) => up.has(name))?.name === gateway;
  const added = {
    gateway,
    users: usersOf(everybody.filter((device) => places.now(device) === gateway)),
    expected: usersOf(everybody.filter(isDue)),
    of: usersOf(everybody),
    movedBetweenOthers: usersOf(moved.filter((device) => places.now(device) !== gateway)),
  };
  say(
    `${gateway} has ${added.users} of ${added.of} users, ${added.expected} by the hash; ` +
      `${added.movedBetweenOthers} moved between the others`,
  );
  return added;
}
