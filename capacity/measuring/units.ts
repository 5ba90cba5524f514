/**
 * Counts what each action takes, the service's own code over its own adapters: in rooms of several
 * sizes where the size of the room matters, else with as many rooms, connections or shards as its
 * line says.
 */

import { caller, say, text } from "../../bench/unitsScenario.ts";
import { connect } from "../../lib/actions/connections/connect.ts";
import { disconnect } from "../../lib/actions/connections/disconnect.ts";
import { deliverShard } from "../../lib/actions/messages/deliverShard.ts";
import { fanOut } from "../../lib/actions/messages/fanOut.ts";
import { history } from "../../lib/actions/messages/history.ts";
import { sync } from "../../lib/actions/messages/sync.ts";
import { focus } from "../../lib/actions/people/focus.ts";
import { hello } from "../../lib/actions/people/hello.ts";
import { isOnlineElsewhere } from "../../lib/actions/people/presence.ts";
import { read } from "../../lib/actions/people/read.ts";
import { typing } from "../../lib/actions/people/typing.ts";
import { who } from "../../lib/actions/people/who.ts";
import { join } from "../../lib/actions/rooms/join.ts";
import { leave } from "../../lib/actions/rooms/leave.ts";
import type { ConnectedCaller } from "../../lib/model.ts";
import type { Ports } from "../../lib/ports.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { directRoom, parseRoom } from "../../lib/protocol/names.ts";
import type { LogEvent, ServerFrame } from "../../lib/protocol/serverFrames.ts";
import { connectionsOf, focusTopic, roomTopic } from "../../lib/pubsub/topics.ts";
import { latencies } from "../habits.ts";
import type { MeasuredUnits, SizedUnits } from "../measured.ts";
import { countAppends } from "./appendCeiling.ts";
import { connected, fill } from "./connected.ts";
import { counting } from "./counting.ts";
import { storedBytes } from "./storedBytes.ts";

/** Delivery by the sender stops at a limit. */
const roomSizes = [2, 10, 50, limits.directConnections];
/** Hints stop at a limit. */
const lookingSizes = [
  0,
  1,
  4,
  limits.lookingConnections,
  limits.lookingConnections + 1,
  limits.directConnections,
];
const pastMessages = 60;
const missedMessages = 10;

/** Counts one action, of some size. */
type Count = (action: string, size: number, work: () => Promise<unknown>) => Promise<void>;

export async function measureUnits(endpoint: string): Promise<MeasuredUnits> {
  const prefix = "model-";
  const { ports, unitsOf, close } = await counting(endpoint, prefix);
  const actions: Record<string, SizedUnits[]> = {};
  const count: Count = async (action, size, work) => {
    const units = await unitsOf(async () => answersIn(await work()));
    const sized = [...(actions[action] ?? []), { size, ...units }];
    actions[action] = sized.sort((a, b) => a.size - b.size);
  };
  try {
    for (const size of roomSizes) await countInRoom(size, count, ports);
    await countOnItsOwn(count, ports);
    for (const size of lookingSizes) await countHint(size, count, ports);
    for (const size of [1, 2, 4]) await countOthers(size, count, ports);
    for (const size of [2, 4, 8]) await countDirect(size, count, ports);
    for (const size of [1, 10, 20]) await countWithRooms(size, count, ports);
    for (const size of [1, 4, 64]) await countFanOut(size, count, ports);
    for (const size of [125, 250, 500, 1_000]) await countShard(size, count, ports);
    const eventBytes = await storedBytes(endpoint, `${prefix}rooms`, "LOG#room-10");
    return { latencies, eventBytes, actions, appends: await countAppends() };
  } finally {
    close();
  }
}

/** @throws Error when a room of a sync was refused, or left for later */
function answersIn(answer: unknown): ServerFrame[] {
  if (answer === undefined) return [];
  const frame = answer as ServerFrame;
  if (frame.type !== "sync") return [frame];
  const isWhole = frame.later.length === 0 && frame.rooms.every((room) => !("error" in room));
  if (!isWhole) throw new Error("a room was not synced", { cause: frame });
  return [frame];
}

/** Size: the connections that hear a room, Alice's and Bob's among them. */
async function countInRoom(size: number, count: Count, ports: Ports): Promise<void> {
  const room = `room-${size}`;
  const alice = await connected(`alice-${size}`, ports);
  const bob = await connected(`bob-${size}`, ports);
  for (const user of [alice, bob]) await join({ action: "join", room }, user, ports);
  await fill(room, size - 2, ports);
  await write(room, pastMessages, ports);

  await count("send", size, () => say({ room }, alice, ports));
  const head = pastMessages + 1;
  await count("read", size, () => read({ action: "read", room, seq: head }, alice, ports));
  await count("typing", size, () => typing({ action: "typing", room, on: true }, alice, ports));
  await count("who", size, () => who({ room }, alice, ports));
  await count("disconnect", size, () => disconnect(bob.connection.connectionId, ports));
  await connect(bob.connection, ports);
  const before = `before-${size}`;
  await join({ action: "join", room: before }, bob, ports);
  await focus({ action: "focus", rooms: [before] }, bob, ports);
  await count("focus", size, () => focus({ action: "focus", rooms: [room] }, bob, ports));
  await focus({ action: "focus", rooms: [] }, bob, ports);
  await leave({ action: "leave", room: before }, bob, ports);
  const rooms = { [room]: head - missedMessages };
  await count("sync, first", size, () => sync({ action: "sync", rooms }, bob, ports));
  await count("leave", size, () => leave({ action: "leave", room }, bob, ports));
  await count("join", size, () => join({ action: "join", room }, bob, ports));
}

/** Size: the connections that look at a room; the one that types is not among them. */
async function countHint(size: number, count: Count, ports: Ports): Promise<void> {
  const room = `hinted-${size}`;
  const alice = await connected(`looked-${size}`, ports);
  await join({ action: "join", room }, alice, ports);
  await fill(room, size, ports, focusTopic(room));
  await count("hint", size, () => typing({ action: "typing", room, on: true }, alice, ports));
}

/** Size: the connections of a user, which all hear a room; one of them looks for the others. */
async function countOthers(size: number, count: Count, ports: Ports): Promise<void> {
  const room = `others-${size}`;
  const one = await connected(`first-${size}`, ports);
  await join({ action: "join", room }, one, ports);
  for (let n = 1; n < size; n += 1) {
    await join({ action: "join", room }, await connected(`${room}-${n}`, ports, one.user), ports);
  }
  const { connectionId } = one.connection;
  await count("other connections", size, async () => {
    const { user } = one;
    const others = await connectionsOf(ports, user, connectionId);
    await isOnlineElsewhere(ports, others, user, parseRoom(room), ports.clock.nowMs());
  });
}

/** What no size changes. */
async function countOnItsOwn(count: Count, ports: Ports): Promise<void> {
  const room = "room-10";
  const carol = caller("carol", ports);
  await count("connect", 0, () => connect(carol.connection, ports));
  await count("disconnect", 0, () => disconnect(carol.connection.connectionId, ports));
  const alice = caller("alice-10", ports);
  await count("history", 0, () => history({ room }, alice, ports));
  await ports.log.setDelivery(room, "stream");
  await count("send, to the stream", 0, () => say({ room }, alice, ports));
}

/** Size: the connections of both users. */
async function countDirect(size: number, count: Count, ports: Ports): Promise<void> {
  const [alice, bob] = [`ann-${size}`, `ben-${size}`];
  const callers: ConnectedCaller[] = [];
  for (let n = 0; n < size; n += 1) {
    const { user } = caller(n % 2 === 0 ? alice : bob, ports);
    callers.push(await connected(`${user.slice(0, 5)}${n}`, ports, user));
  }
  const [sender, other] = callers;
  if (sender === undefined || other === undefined) throw new RangeError("nobody is there");
  await count("send to a user, first", size, () => say({ to: other.user }, sender, ports));
  const room = directRoom(sender.user, other.user);
  await write(room, pastMessages, ports, 2);
  await count("send to a user", size, () => say({ to: other.user }, sender, ports));
  const seq = pastMessages + 2;
  await count("read, direct", size, () => read({ action: "read", room, seq }, sender, ports));
  await count("typing, direct", size, () =>
    typing({ action: "typing", room, on: true }, sender, ports),
  );
}

/** Size: the rooms of one user, where nothing is new: public ones, then direct ones. */
async function countWithRooms(size: number, count: Count, ports: Ports): Promise<void> {
  const dora = await connected(`dora-${size}`, ports);
  const publicRooms = Array.from({ length: size }, (_, n) => `room-of-${size}-${n}`);
  const directRooms = publicRooms.map((_, n) =>
    directRoom(dora.user, caller(`friend-${n}`, ports).user),
  );
  for (const room of publicRooms) await join({ action: "join", room }, dora, ports);
  for (const room of [...publicRooms, ...directRooms]) await write(room, 1, ports);
  await count("hello", size, () => hello({ action: "hello" }, dora, ports));
  for (const room of directRooms) {
    await ports.memberships.add(dora.user, { room, joinedAtMs: 0, readSeq: 0, readN: 0 });
  }
  const synced = (rooms: readonly string[]) => async () => {
    const cursors = Object.fromEntries(rooms.map((room) => [room, 1]));
    return sync({ action: "sync", rooms: cursors }, dora, ports);
  };
  await count("sync, nothing new", size, synced(publicRooms));
  const again = await connected(`again-${size}`, ports, dora.user);
  const heardFirst = Object.fromEntries(publicRooms.map((room) => [room, 1]));
  await count("sync, first of several rooms", size, () =>
    sync({ action: "sync", rooms: heardFirst }, again, ports),
  );
  await count("sync, nothing new, direct", size, synced(directRooms));
}

/** Size: the shards of a room's topic. The workers' own part is counted as theirs. */
async function countFanOut(size: number, count: Count, ports: Ports): Promise<void> {
  const room = `shards-${size}`;
  if (size > 1) await ports.subscriptions.split(roomTopic(room), size);
  const appended = [{ room, event: eventAt(1, ports) }];
  const workers = { deliver: async () => ({ connections: limits.directConnections }) };
  await count("fanOut", size, async () => {
    const failed = await fanOut(appended, Number.MAX_SAFE_INTEGER, {
      ...ports,
      sharding: ports.subscriptions,
      workers,
      delivered: new Map(),
    });
    if (failed.size > 0) throw new Error("a fan-out failed");
  });
}

/** Size: the connections in one shard. */
async function countShard(size: number, count: Count, ports: Ports): Promise<void> {
  const room = `shard-${size}`;
  await fill(room, size, ports);
  const job = { room, shard: 0, events: [eventAt(1, ports)], withinMs: limits.deliverMs };
  await count("deliver", size, async () => {
    const { stoppedBehind } = await deliverShard(job, ports);
    if (stoppedBehind !== undefined) throw new Error("a shard took too long");
  });
}

async function write(room: string, messages: number, ports: Ports, from = 1): Promise<void> {
  for (let seq = from; seq < from + messages; seq += 1) {
    await ports.log.put(room, eventAt(seq, ports));
  }
}

function eventAt(seq: number, ports: Ports): LogEvent {
  const { user, name = "" } = caller(`writer-${seq % 5}`, ports);
  const sentAtMs = ports.clock.nowMs() - 60_000;
  const place = { seq, n: seq, tag: ports.newTag(), prev: ports.newTag() };
  return { ...place, kind: "message", from: user, name, cid: ports.newId(), text, sentAtMs };
}
