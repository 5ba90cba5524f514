/**
 * Reactions that come all at once, with the latencies of AWS in virtual time: the service's own
 * actions, stream functions and adapters over an embedded database. What waits for what decides how
 * many reactions are counted together, so this comes out alike on every machine.
 */
import { latencies } from "../capacity/habits.ts";
import { type VirtualTime, virtualTime } from "../capacity/measuring/virtualTime.ts";
import { announceChanges } from "../lib/actions/messages/announceChanges.ts";
import { deliverShard } from "../lib/actions/messages/deliverShard.ts";
import { fanOut } from "../lib/actions/messages/fanOut.ts";
import { react } from "../lib/actions/messages/react.ts";
import { isSameCount, reactionsOf } from "../lib/actions/messages/reactionSummary.ts";
import { appendedIn, changedIn, repeatRooms } from "../lib/adapters/dynamodb/appended.ts";
import { mapInFlight } from "../lib/concurrency.ts";
import type { ConnectedCaller } from "../lib/model.ts";
import type { Ports, Workers } from "../lib/ports.ts";
import { ChatError } from "../lib/protocol/chatError.ts";
import { limits } from "../lib/protocol/limits.ts";
import { roomTopic } from "../lib/pubsub/topics.ts";
import { readServiceFile } from "../local/emulator/gateway/serviceFile.ts";
import { type Cost, meteredService, type Passage } from "./meteredService.ts";
import { caller, say } from "./unitsScenario.ts";
import { type StreamedFunction, virtualStream } from "./virtualStream.ts";

export interface Storm {
  rooms: number;
  /** Of each room, each with one connection. */
  members: number;
  /** In all, to one message of each room, evenly spread over rooms and time. */
  reactions: number;
  reactionsPerSecond: number;
}

export interface Weathered extends Cost {
  /** Entries in the logs that say that a message has changed. */
  changed: number;
  /** Most that one partition took within one second. */
  hottestReadUnits: number;
  hottestWriteUnits: number;
  /** From the last reaction until nothing is counted anew any more. */
  rightAfterMs: number;
  /** Messages that say something else of their reactions than the reactions do. */
  wrongCounts: number;
  /** Requests that were answered with an error. */
  refused: number;
}

const emoji = ["👍", "🎉", "❤️", "😂", "🚀", "👀", "🙏", "🔥", "💯", "✅"];
/** AWS, warm. */
const invocationMs = 15;
const fillsInFlight = 64;
const startedAtMs = 1_800_000_000_000;
/** Of a function that the stream invokes. */
const functionMs = 60_000;

export async function weather(storm: Storm, endpoint: string, prefix: string): Promise<Weathered> {
  const time = virtualTime();
  const table = `${prefix}rooms`;
  const meter = stormMeter(time, table);
  const { ports: metered, costOf, close } = await meteredService(endpoint, prefix, meter.passage);
  const ports = inVirtualTime(metered, time);
  try {
    const rooms = Array.from({ length: storm.rooms }, (_, index) => `storm-${index}`);
    const members = membersOf(storm, ports);
    for (const room of rooms) await fill(room, members, ports);
    const [first] = members;
    if (first === undefined) throw new RangeError("nobody is in the rooms");
    for (const room of rooms) await say({ room }, first, ports);
    await time.settled();
    const functions = streamFunctions(ports, time);
    const stream = await virtualStream(endpoint, table, time, functions, meter.written);
    meter.begin();
    let refused = 0;
    const cost = await costOf(async () => {
      refused = await reactAll(storm, rooms, members, ports, time);
      await stream.drained();
    });
    await time.settled();
    const ends = await mapInFlight(rooms, fillsInFlight, (room) => endOf(room, ports));
    return {
      ...cost,
      ...meter.read(),
      refused,
      changed: ends.reduce((sum, { changed }) => sum + changed, 0),
      wrongCounts: ends.filter(({ isRight }) => !isRight).length,
    };
  } finally {
    close();
  }
}

/** How many of the requests were refused. */
async function reactAll(
  { reactions, reactionsPerSecond }: Storm,
  rooms: readonly string[],
  members: readonly ConnectedCaller[],
  ports: Ports,
  time: VirtualTime,
): Promise<number> {
  let refused = 0;
  const one = async (index: number) => {
    const turn = Math.floor(index / rooms.length);
    const member = members[turn % members.length];
    const round = Math.floor(turn / members.length);
    const chosen = emoji[(turn + round) % emoji.length];
    const room = rooms[index % rooms.length];
    if (!member || !chosen || !room) throw new RangeError(`there is no reaction ${index}`);
    await time.pass(invocationMs, async () => {});
    const frame = { action: "react", room, seq: 1, emoji: chosen, on: true } as const;
    await react(frame, member, ports).catch((error: unknown) => {
      if (!(error instanceof ChatError)) throw error;
      refused += 1;
    });
  };
  const all: Promise<void>[] = [];
  for (let index = 0; index < reactions; index += 1) {
    all.push(one(index));
    await time.pass(1_000 / reactionsPerSecond, async () => {});
  }
  await Promise.all(all);
  return refused;
}

/** As serverless.yml maps them. */
function streamFunctions(ports: Ports, time: VirtualTime): StreamedFunction[] {
  const { eventSources } = readServiceFile(new URL("..", import.meta.url).pathname);
  const begin = () => time.pass(invocationMs, async () => {});
  const workers: Workers = {
    async deliver(job) {
      await begin();
      return deliverShard(job, ports);
    },
  };
  const { subscriptions: sharding, report } = ports;
  const fanOutPorts = { ...ports, sharding, workers, delivered: new Map() };
  const invocations: Record<string, StreamedFunction["invoke"]> = {
    async announce(event) {
      await begin();
      const changed = changedIn(event, report);
      return repeatRooms(changed, await announceChanges(changed, ports));
    },
    async fanOut(event) {
      await begin();
      const appended = appendedIn(event, report);
      const deadlineMs = ports.clock.nowMs() + functionMs;
      return repeatRooms(appended, await fanOut(appended, deadlineMs, fanOutPorts));
    },
  };
  return eventSources.map((source) => {
    const invoke = invocations[source.functionName];
    if (invoke === undefined) throw new Error(`${source.functionName} is not part of this bench`);
    return { source, invoke };
  });
}

function inVirtualTime(ports: Ports, time: VirtualTime): Ports {
  return {
    ...ports,
    clock: {
      nowMs: () => startedAtMs + time.nowMs(),
      wait: (ms) => time.pass(ms, async () => {}),
    },
    // Rooms that fail are brought again by the stream.
    report: () => {},
  };
}

/** Names in another order than that in which they react: counts are of the first names. */
function membersOf({ members }: Storm, ports: Ports): ConnectedCaller[] {
  const step = 7_919;
  return Array.from({ length: members }, (_, index) =>
    caller(`m${String((index * step) % members).padStart(6, "0")}`, ports),
  );
}

/** Members, and their subscriptions, as joining leaves them behind. */
async function fill(
  room: string,
  members: readonly ConnectedCaller[],
  ports: Ports,
): Promise<void> {
  const topic = roomTopic(room);
  const isLarge = members.length > limits.directConnections;
  const shards = isLarge ? 2 ** Math.ceil(Math.log2(members.length / limits.shardConnections)) : 1;
  if (shards > 1) await ports.subscriptions.split(topic, shards);
  if (isLarge) await ports.log.setDelivery(room, "stream");
  const joinedAtMs = ports.clock.nowMs();
  await mapInFlight(
    [...members.entries()],
    fillsInFlight,
    async ([index, { user, connection }]) => {
      const mark = ports.newMark();
      const member = { room, joinedAtMs, fromRev: 0, mark } as const;
      await ports.memberships.change(user, member);
      await ports.subscriptions.put({ ...connection, topic, shard: index % shards });
    },
  );
}

async function endOf(room: string, ports: Ports) {
  const [message] = await ports.log.list(room, { limit: 1, order: "oldest first" });
  const [head] = await ports.log.list(room, { limit: 1, order: "newest first" });
  if (message?.kind !== "message" || head === undefined) throw new Error("the message is gone");
  const { reactorsCounted: limit } = limits;
  const reactors = await ports.reactions.list(room, message.seq, { limit });
  const isRight = isSameCount(reactionsOf(reactors, message), message.reactions);
  return { changed: head.seq - message.seq, isRight };
}

/** What one partition takes, by second; and when what was last. */
function stormMeter(time: VirtualTime, rooms: string) {
  const units = { read: new Map<string, number>(), write: new Map<string, number>() };
  let written = 0;
  let reactedAtMs = 0;
  let countedAtMs = 0;
  const passage: Passage = {
    async request(work, { command, input }) {
      const said = JSON.stringify(input);
      const isUpdate = command.startsWith("UpdateItem");
      const isRead = /^(Get|BatchGet|Query)/.test(command);
      const answer = await time.pass(latencies.tableMs, async () => {
        const done = await work();
        if (!isRead && said.includes(`"TableName":"${rooms}"`)) written += 1;
        return done;
      });
      if (isUpdate && said.includes("REACTIONS#")) reactedAtMs = time.nowMs();
      if (isUpdate && said.includes("reactionsRev")) countedAtMs = time.nowMs();
      return answer;
    },
    post: () => time.pass(latencies.postMs, async () => {}),
    charged({ input }, kind, charge) {
      const partition = /"pk":\{"S":"([^"]*)"|":pk":\{"S":"([^"]*)"/.exec(JSON.stringify(input));
      const name = partition?.[1] ?? partition?.[2] ?? "";
      const key = `${Math.floor(time.nowMs() / 1_000)} ${name}`;
      units[kind].set(key, (units[kind].get(key) ?? 0) + charge);
    },
  };
  return {
    passage,
    written: () => written,
    begin() {
      units.read.clear();
      units.write.clear();
    },
    read: () => ({
      hottestReadUnits: Math.max(...units.read.values()),
      hottestWriteUnits: Math.max(...units.write.values()),
      rightAfterMs: Math.max(0, countedAtMs - reactedAtMs),
    }),
  };
}
