/**
 * Counts what frames that are meant to be expensive take, through the same boundary as a client's:
 * with every room, message and audience as large as one account can make it, or find it. Each count
 * is one frame's.
 */

import { caller } from "../../bench/unitsScenario.ts";
import { frameBoundary, type Surroundings } from "../../handlers/boundary.ts";
import { costOf } from "../../lib/actions/budget.ts";
import { send } from "../../lib/actions/messages/send.ts";
import { type SocketActions, socketActions, withPorts } from "../../lib/actions/socketActions.ts";
import { mapInFlight } from "../../lib/concurrency.ts";
import type { ConnectedCaller } from "../../lib/model.ts";
import type { Ports } from "../../lib/ports.ts";
import { type Action, type ClientFrame, clientFrames } from "../../lib/protocol/clientFrames.ts";
import { errorFrame } from "../../lib/protocol/envelope.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { directRoom } from "../../lib/protocol/names.ts";
import type { ServerFrame } from "../../lib/protocol/serverFrames.ts";
import { focusTopic } from "../../lib/pubsub/topics.ts";
import { socketEvent } from "../../test/support/memoryRuntime.ts";
import { removeMembership } from "../../test/support/removeMembership.ts";
import type { MeasuredAttack, MeasuredAttacks } from "../measured.ts";
import { connected, fill, fillsInFlight } from "./connected.ts";
import { type Counting, counting } from "./counting.ts";

/** As many as one account had in the first test of this. */
const connectionsOpened = 61;
const connectionsOfVictim = 20;
/** Connections that hear a room, of which as many look at it as are shown hints. */
const crowd = 50;
/** The largest text, of which a frame's worth of events holds few and a page of a query many. */
const longText = "😀".repeat(limits.textCharacters);
/** As many as a query brings at once when it is asked for a frame's worth. */
const longMessages = 51;

export async function measureAttacks(endpoint: string): Promise<MeasuredAttacks> {
  const service = await counting(endpoint, "attacks-");
  const attacker = await connected("attacker", service.ports);
  const attack: Attack = { ...service, attacker, ask: asking(service.ports, attacker) };
  try {
    return {
      "`ping`": await count(attack, { action: "ping" }),
      ...(await inOwnRooms(attack)),
      ...(await inOthersRooms(attack)),
      ...(await toManyEars(attack)),
      ...(await withManyConnections(attack)),
    };
  } finally {
    service.close();
  }
}

type Frame = { action: Action } & Record<string, unknown>;
interface Attack extends Counting {
  attacker: ConnectedCaller;
  /** The frames that a request's function returned. */
  ask(frame: Frame): Promise<ServerFrame[]>;
}

async function count({ unitsOf, ask }: Attack, frame: Frame): Promise<MeasuredAttack> {
  const units = await unitsOf(() => ask(frame));
  return { ...units, cost: costOf(frame as ClientFrame<Action>) };
}

async function inOwnRooms(attack: Attack): Promise<MeasuredAttacks> {
  const { ports, attacker } = attack;
  const rooms = names("own", limits.welcomeRooms);
  await mapInFlight(rooms, fillsInFlight, async (room) => {
    const joinedAtMs = ports.clock.nowMs();
    await ports.memberships.add(attacker.user, { room, joinedAtMs, readSeq: 0, readN: 0 });
    await write(room, 1, ports, "short");
  });
  const [room = ""] = rooms;
  await write(room, longMessages, ports);
  const synced = cursors(rooms.slice(1, 1 + limits.syncRooms), 1);
  await attack.ask({ action: "sync", rooms: synced });
  await fill(room, limits.whoSubscriptions, ports);
  const counts = {
    "`hello` of a member of 100 rooms": await count(attack, { action: "hello" }),
    "`history`, the largest page": await count(attack, { action: "history", room, limit: 100 }),
    "`who` in a room of 1,000": await count(attack, { action: "who", room }),
    "`sync` of 50 own rooms": await count(attack, { action: "sync", rooms: synced }),
  };
  for (const name of rooms) await removeMembership(ports.memberships, attacker.user, name);
  return counts;
}

async function inOthersRooms(attack: Attack): Promise<MeasuredAttacks> {
  const { ports } = attack;
  const direct = directRoom(caller("ann", ports).user, caller("ben", ports).user);
  for (const room of ["secret", direct]) await write(room, longMessages, ports);
  const unknown = cursors(names("nowhere", limits.syncRooms));
  return {
    "`sync` of 50 rooms that do not exist": await count(attack, { action: "sync", rooms: unknown }),
    "`history` of a room, by a stranger": await count(attack, {
      action: "history",
      room: "secret",
      limit: 100,
    }),
    "`history` of others' direct room": await count(attack, {
      action: "history",
      room: direct,
      limit: 100,
    }),
  };
}

async function toManyEars(attack: Attack): Promise<MeasuredAttacks> {
  const { ports, attacker } = attack;
  const victim = caller("victim", ports).user;
  for (let n = 0; n < connectionsOfVictim; n += 1) await connected(`vic-${n}`, ports, victim);
  const room = "crowd";
  await fill(room, crowd - 1, ports);
  await fill(room, limits.lookingConnections - 1, ports, focusTopic(room));
  const joining: Frame = { action: "join", room };
  await attack.ask(joining);
  const stranger = directRoom(attacker.user, victim);
  return {
    "`typing` to a stranger with 20 connections": await count(attack, {
      action: "typing",
      room: stranger,
      on: true,
    }),
    "`send` to a stranger who has not accepted": await countHeld(attack, stranger),
    "`typing` in a room of 50": await count(attack, { action: "typing", room, on: true }),
    "`leave` of a room of 50": await count(attack, { action: "leave", room }),
    "`join` of a room of 50": await count(attack, joining),
  };
}

/** A message that is refused where message requests are held, behind one that was not. */
async function countHeld(
  { ports, attacker, unitsOf }: Attack,
  room: string,
): Promise<MeasuredAttack> {
  const frame = { action: "send", room, text: longText } as const;
  const { action: _, ...asked } = frame;
  const options = { publishMs: limits.publishMs };
  const say = () => send(asked, attacker, { ...ports, holdsRequests: true }, options);
  await say();
  const answer = () => say().catch((error) => errorFrame(error, frame, "request-1"));
  return { ...(await unitsOf(async () => [await answer()])), cost: costOf(frame) };
}

/** Last of all, because the connections stay. */
async function withManyConnections(attack: Attack): Promise<MeasuredAttacks> {
  const { ports, attacker } = attack;
  for (let n = 1; n < connectionsOpened; n += 1) await connected(`at-${n}`, ports, attacker.user);
  return {
    "`leave`, once 61 connections were opened": await count(attack, {
      action: "leave",
      room: "elsewhere",
    }),
  };
}

/** Asks as the `default` function is asked, without any limit on how often. */
function asking(ports: Ports, asker: ConnectedCaller): Attack["ask"] {
  const here: Surroundings = {
    clock: ports.clock,
    report: ports.report,
    measure: ports.measure,
    chargePorts: () => {
      const budget = { take: () => ({ waitMs: 0 }), learn() {} };
      return { ...ports, budget, spending: { add: async () => 0 } };
    },
    publishPorts: () => ports,
    forgetPorts: () => ports,
    ownGateway: () => asker.connection.gateway,
  };
  const table = withPorts(socketActions, () => ports);
  const handler = frameBoundary(here).onFrame<keyof SocketActions>(clientFrames, table, "returned");
  return async (frame) => {
    const result = await handler(socketEvent(asker, JSON.stringify({ id: "1", ...frame })));
    const body = typeof result === "object" ? result.body : undefined;
    return body === undefined ? [] : [JSON.parse(body) as ServerFrame];
  };
}

const names = (prefix: string, many: number) =>
  Array.from({ length: many }, (_, n) => `${prefix}-${n}`);
const cursors = (rooms: readonly string[], cursor = 0) =>
  Object.fromEntries(rooms.map((room) => [room, cursor]));

async function write(
  room: string,
  messages: number,
  ports: Ports,
  text: string = longText,
): Promise<void> {
  const { user: from, name = "" } = caller("writer", ports);
  const sentAtMs = ports.clock.nowMs() - 60_000;
  const positions = Array.from({ length: messages }, (_, index) => index + 1);
  await mapInFlight(positions, fillsInFlight, (seq) => {
    const place = { seq, n: seq, tag: ports.newTag(), prev: ports.newTag() };
    const event = { ...place, kind: "message" as const, from, name, sentAtMs };
    return ports.log.put(room, { ...event, cid: ports.newId(), text });
  });
}
