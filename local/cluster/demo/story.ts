/**
 * The story of a cluster. All users talk all the time; each part waits for a number of messages,
 * never for a time. A failure is recorded, not thrown: the story goes on to its end, and the
 * verdict lists all of them.
 */
import * as limits from "../../../client/limits.ts";
import { gatewaysFor } from "../../../lib/actions/gateways/gatewayChoice.ts";
import { directRoom } from "../../../lib/protocol/names.ts";
import type { Device } from "../../../test/fault/device.ts";
import { deviceOf } from "../../../test/fault/line.ts";
import { lose, until } from "../../../test/fault/settle.ts";
import type { Violation } from "../../../test/support/checker/history.ts";
import { holdCouncil } from "./council.ts";
import { waysIn } from "./exercised.ts";
import { insist, patienceMs } from "./insist.ts";
import { intrude } from "./intruder.ts";
import type { Scene, Story } from "./scene.ts";

/** The room that all users are in. */
export const hall = "hall";
/** By then a push from one gateway to another has come through on any machine, if one ever does. */
const callsMax = 20;

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
  await thinkBetter(scene);
  await meet(scene);

  const killed = await killUnderLoad(scene, (victim) => callRoll(8, elsewhere(scene, victim)));
  await talk(scene);

  await leaveNews(scene);
  const added = await grow(scene);
  const everybody = [...devices, ...newcomers];
  await talk(scene);
  await callRoll(11, everybody);

  const drained = random.pick(
    occupied(scene, everybody).filter((name) => ![killed.gateway, added.gateway].includes(name)),
  );
  say(`${drained} is drained, while users talk`);
  say(await cluster.drain(drained));
  await talk(scene);
  const left = everybody.filter((device) => scene.places.now(device) === drained);
  for (const { name } of left) say(`${name} is still on ${drained}`);
  say(`where users are now: ${spread(scene, everybody)}`);
  return { violations, killed, ways, added, drained };
}

const isThere = ({ client }: Device) => client.status === "live";
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

let words = 0;

/** Sends one message at each try: its `cid` stays. */
function sending({ name, client, followings }: Device, room: string): () => Promise<number> {
  const cid = `${name}-call-${++words}`;
  return async () => {
    followings.follow(room, 0);
    const { seq } = await client.follow(room).send(`is everybody there? ${cid}`, { cid });
    return seq;
  };
}

/** Users also act by themselves: one who has left the hall enters it again before each try. */
const insistInHall = <T>(device: Device, attempt: () => Promise<T>) =>
  insist(async () => {
    await enter(device);
    return attempt();
  });

/** Says something to all users. */
const call = (device: Device) => insistInHall(device, sending(device, hall));

async function visit({ recorder, places, intruder, devices }: Scene, url: string): Promise<void> {
  const [one, other] = [devices[0]?.user ?? "", devices.at(-1)?.user ?? ""];
  const victims = { room: hall, directRoom: directRoom(one, other) };
  const options = { user: intruder, recorder, opened: places.opened };
  await insist(() => intrude(url, { ...victims, users: [one, other] }, options));
}

/**
 * A user on each gateway writes, and all present users must receive it. A push is best effort, and
 * what it did not bring a sync does: then somebody there writes again, until a message was pushed
 * from there to every other gateway. Where none ever is, the verdict misses that way.
 */
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
    const lacking = () => {
      const found = waysIn({ entries: recorder.entries, logs: new Map() }, places);
      return names.some((to) => to !== gateway && !found.includes(`${gateway} → ${to}`));
    };
    for (let calls = 0; calls === 0 || (calls < callsMax && lacking()); calls += 1) {
      const there = present.filter((device) => places.now(device) === gateway);
      if (there.length === 0) break; // they have lost their connections, and got others
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
  }
  say(`users on ${names.join(", ")} hear each other`);
  return violations;
}

/** Edits a message that another user reacts to, and deletes one. */
async function thinkBetter({ devices, random, say }: Scene): Promise<void> {
  const [author, other] = [random.pick(devices), random.pick(devices)];
  const [edited, deleted] = [await call(author), await call(author)];
  await call(other);
  const ask = (device: Device, ...request: Parameters<Device["client"]["request"]>) =>
    insistInHall(device, () => device.client.request(...request));
  await ask(author, "edit", { room: hall, seq: edited, text: "everybody is there" });
  await ask(other, "react", { room: hall, seq: edited, emoji: "👍", on: true });
  await ask(author, "delete", { room: hall, seq: deleted });
  say("a message was edited and reacted to, and one was deleted");
}

/** Three users meet in a room that one of them leads. */
async function meet({ devices, say }: Scene): Promise<void> {
  const [owner, ...others] = [...new Map(devices.map((one) => [one.user, one])).values()];
  const [bob, carol] = others;
  if (!(owner && bob && carol)) return;
  await holdCouncil(owner, bob, carol);
  say("a room was led: users were muted, made moderator, kicked, and made owner");
}

/**
 * `kill -9`, when a message that was sent there is stored, and before its handler knows. A message
 * that is only about to be stored may meet another one at its position, and never be.
 */
async function killUnderLoad(
  scene: Scene,
  meanwhile: (victim: string) => Promise<unknown>,
): Promise<Story["killed"]> {
  const { cluster, devices, recorder, places, random, say } = scene;
  let victim = random.pick(occupied(scene, devices));
  const isOn = (device: Device) => places.now(device) === victim;
  const lost = await new Promise<Device[]>((resolve) => {
    scene.onStored = ({ from, cid }) => {
      // On a slow machine its users may have given up on it, and gone elsewhere.
      if (!devices.some(isOn)) victim = random.pick(occupied(scene, devices));
      const theirs = new Set(devices.filter(({ user }) => user === from).map(({ name }) => name));
      const tries = recorder.entries.flatMap((entry) => {
        if (entry.what !== "asked" || entry.frame.action !== "send") return [];
        return entry.frame.cid === cid ? [entry.connection] : [];
      });
      const isTheirs = tries.some((one) => theirs.has(deviceOf(one)));
      if (!isTheirs || !tries.every((one) => places.of(one) === victim)) return;
      scene.onStored = undefined;
      cluster.kill(victim);
      resolve(devices.filter(isOn));
    };
  });
  const [at, atMs] = [recorder.entries.length, performance.now()];
  say(`${victim} was killed with ${lost.length} devices of ${usersOf(lost)} users on it`);
  const isBack = (device: Device) => device.client.status === "live" && !isOn(device);
  const back = until(() => lost.every(isBack), patienceMs).then(() => {
    const backMs = performance.now() - atMs;
    say(`all of them are back on other gateways, the last ${(backMs / 1_000).toFixed(1)} s later`);
    return backMs;
  });
  await meanwhile(victim);
  const backMs = await back;
  return { gateway: victim, at, until: recorder.entries.length, users: usersOf(lost), backMs };
}

/** Writes to users who were never online, and repeats a request. */
async function leaveNews({ devices, newcomers, random, say }: Scene): Promise<void> {
  for (const user of new Set(newcomers.map(({ user }) => user))) {
    const writer = random.pick(devices);
    await insist(sending(writer, directRoom(writer.user, user)));
  }
  for (const { line } of devices) line.sendAgain(0);
  say(`${usersOf(newcomers)} users who were never online have got messages`);
}

/**
 * All connections reach their maximum age and end, in two halves. By then a client asks again for
 * its gateway.
 */
async function comeAgain({ devices, random, letPass }: Scene): Promise<void> {
  letPass(limits.gatewayMs);
  const halves = [0, 1].map((half) => devices.filter((_, index) => index % 2 === half));
  for (const half of halves) {
    await Promise.all(half.map(lose));
    // So that they have missed a message.
    const other = random.pick(devices.filter((device) => !half.includes(device)));
    await call(other);
    for (const { come } of half) come();
    await until(() => half.every(isThere), patienceMs);
  }
}

/** Adds a gateway. Old and new users are spread over it and the others. */
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
