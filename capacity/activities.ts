/** What one user does on an average day, and what that takes of AWS. */
import { limits } from "../lib/protocol/limits.ts";
import { assumptions, type Habits, type RoomHabit } from "./habits.ts";
import { addUnits, type Measured, type Units, unitsAt } from "./measured.ts";
import { directMessageUsage, messageUsage } from "./message.ts";
import { invocation, nothing, sum, times, type Usage } from "./usage.ts";

interface Activity {
  name: string;
  /** Of one user in a day. */
  usage: Usage;
}

/** Each is linear in the number of users, so one user's is all there is to know. */
export function activitiesOf(habits: Habits, measured: Measured): Activity[] {
  const rooms = Object.values(habits.rooms);
  const connectedHours = habits.devices * habits.hoursConnected;
  const connects = disconnectsOf(habits);
  const handOvers = connectedHours / assumptions.connectionHoursMost;
  const news = connects - handOvers;
  const act = actions(measured, habits);
  const byShare = (name: string, perDay: number) =>
    sum(
      rooms.map(({ share, isDirect, connections }) =>
        times(act.hinting(isDirect ? `${name}, direct` : name, connections), perDay * share),
      ),
    );
  const messages = Object.entries(habits.rooms).map(([kind, room]) => ({
    name: `messages, ${kind}`,
    usage: times(act.message(room), habits.messages * room.share * (1 + habits.resent)),
  }));
  const syncs = (connectedHours * 60) / assumptions.keepAliveMinutes;
  const publicRooms = rooms.filter(({ isDirect }) => !isDirect);
  const joined = publicRooms.map(({ connections }) =>
    sum([act.hinting("join", connections), act.hinting("leave", connections)]),
  );
  const looked = rooms.map(({ share, connections }) =>
    times(act.inRoom("who", connections), habits.looks * share),
  );
  // A room is opened, and looked at, as often as somebody reads on in one; and by each connection.
  const opens = Math.max(connects, habits.reads);
  const opened = rooms.map(({ share, connections }) =>
    times(act.inRoom("focus", connections), opens * share),
  );
  return [
    ...messages,
    { name: "typing", usage: byShare("typing", habits.messages * habits.typing) },
    { name: "read positions", usage: byShare("read", habits.reads) },
    { name: "looking at rooms", usage: sum(opened) },
    { name: "connecting", usage: toldAndNot(act.connecting, rooms, news, handOvers) },
    { name: "disconnecting", usage: toldAndNot(act.disconnecting, publicRooms, news, handOvers) },
    { name: "keep-alive syncs", usage: times(act.keepAlive(rooms), syncs) },
    { name: "history", usage: times(act.inRoom("history", 0), habits.history) },
    { name: "who is online", usage: sum(looked) },
    {
      name: "joining and leaving",
      usage: times(sum(joined), habits.joins / Math.max(1, joined.length)),
    },
    {
      name: "being connected",
      usage: { ...nothing, connectionMinutes: connectedHours * 60 },
    },
  ];
}

/** Nobody is told of a connection that takes the place of another one, nor of that one. */
function toldAndNot(
  usage: (rooms: readonly RoomHabit[], isNews: boolean) => Usage,
  rooms: readonly RoomHabit[],
  told: number,
  untold: number,
): Usage {
  return sum([times(usage(rooms, true), told), times(usage(rooms, false), untold)]);
}

export const usageOf = (activities: readonly Activity[]): Usage =>
  sum(activities.map(({ usage }) => usage));

/** One handshake and what comes with it. */
export function connectingUsage(habits: Habits, measured: Measured): Usage {
  return actions(measured, habits).connecting(Object.values(habits.rooms), true);
}

/** To tell those who look that one connection went, and that it is back. */
export function newsUsage(habits: Habits, measured: Measured): Usage {
  const act = actions(measured, habits);
  const rooms = Object.values(habits.rooms);
  const publicRooms = rooms.filter(({ isDirect }) => !isDirect);
  return sum([
    act.connecting(rooms, true),
    times(act.connecting(rooms, false), -1),
    act.disconnecting(publicRooms, true),
    times(act.disconnecting(publicRooms, false), -1),
  ]);
}

/** In a day. That a connection will be back in seconds is not known when it goes. */
export const disconnectsOf = ({ devices, opens, hoursConnected, drops }: Habits): number =>
  devices * (opens + hoursConnected * (drops + 1 / assumptions.connectionHoursMost));

/** One of each. */
function actions(measured: Measured, habits: Habits) {
  const { units } = measured;
  /** What a hint takes more where so many connections hear the room, of which some look at it. */
  const hint = (connections: number): [Units, number][] => {
    const looking = habits.looking * Math.max(0, connections - 1);
    return [
      [unitsAt(units, "hint", looking), 1],
      [unitsAt(units, "hint", 0), -1],
    ];
  };
  const alone = unitsAt(units, "other connections", 1);
  const others = unitsAt(units, "other connections", habits.devices);
  /**
   * A connection comes to a room, or goes. If somebody looks, its user's others are looked for;
   * who they are is read for all of its rooms together.
   */
  const moving = (connections: number, isNews: boolean) => {
    const looking = habits.looking * Math.max(0, connections - 1);
    const share = looking <= limits.lookingConnections ? Math.min(1, looking) : 0;
    const more: [Units, number][] = isNews ? hint(connections) : [];
    return [...more, [alone, -share], [others, share]] as [Units, number][];
  };
  const whoElse: [Units, number] = [alone, habits.looking > 0 ? 1 : 0];
  const asked = (of: Units) => sum([invocation("default", of, measured), { framesIn: 1 }]);
  const inRoom = (name: string, connections: number) => asked(unitsAt(units, name, connections));
  return {
    inRoom,
    /** An action of which those who look at the room are told. */
    hinting: (name: string, connections: number) =>
      asked(addUnits([unitsAt(units, name, connections), 1], ...hint(connections))),
    message({ connections, isDirect }: RoomHabit): Usage {
      const one = isDirect ? directMessageUsage : messageUsage;
      return one(measured, connections);
    },
    /** Handshake, `hello`, and one `sync` of every room. */
    connecting(rooms: readonly RoomHabit[], isNews: boolean): Usage {
      const connect = unitsAt(units, "connect");
      return sum([
        invocation("authorize", addUnits([connect, 0]), measured),
        invocation("connect", connect, measured),
        { connects: 1 },
        asked(unitsAt(units, "hello", countOf(rooms))),
        asked(firstSync(units, rooms, (connections) => moving(connections, isNews), whoElse)),
      ]);
    },
    disconnecting(publicRooms: readonly RoomHabit[], isNews: boolean): Usage {
      const bare = unitsAt(units, "disconnect", 0);
      const more = publicRooms.map(({ rooms, connections }): [Units, number] => [
        addUnits(
          [unitsAt(units, "disconnect", connections), 1],
          [bare, -1],
          ...moving(connections, isNews),
        ),
        rooms,
      ]);
      // Its rooms are told at once, whatever their number.
      const waitMs =
        Math.max(...more.map(([{ waitMs: roomMs }]) => roomMs), 0) + bare.waitMs + alone.waitMs;
      const all = addUnits([bare, 1], whoElse, ...more);
      return invocation("disconnect", { ...all, waitMs }, measured);
    },
    keepAlive: (rooms: readonly RoomHabit[]) => asked(quietSync(units, rooms)),
  };
}

const countOf = (rooms: readonly RoomHabit[]): number =>
  rooms.reduce((count, room) => count + room.rooms, 0);

/**
 * A `sync` of all rooms where nothing is new. The reply and the read of the connection are counted
 * once.
 */
function quietSync(units: Parameters<typeof unitsAt>[0], rooms: readonly RoomHabit[]): Units {
  const once = onceIn(units, "sync, nothing new, direct");
  const of = (name: string, isDirect: boolean): [Units, number][] => {
    const count = countOf(rooms.filter((room) => room.isDirect === isDirect));
    if (count === 0) return [];
    return [
      [unitsAt(units, name, count), 1],
      [once, -1],
    ];
  };
  const added = [...of("sync, nothing new", false), ...of("sync, nothing new, direct", true)];
  const { waitMs } = unitsAt(units, "sync, nothing new", countOf(rooms));
  return { ...addUnits(...added, [once, 1]), waitMs };
}

/** The first one of a connection: it subscribes, is told of, and brings what was missed. */
function firstSync(
  units: Parameters<typeof unitsAt>[0],
  rooms: readonly RoomHabit[],
  coming: (connections: number) => [Units, number][],
  whoElse: [Units, number],
): Units {
  const quiet = quietSync(units, rooms);
  const one = unitsAt(units, "sync, nothing new", 1);
  const more = rooms
    .filter(({ isDirect }) => !isDirect)
    .map(({ rooms: count, connections }): [Units, number] => [
      addUnits([unitsAt(units, "sync, first", connections), 1], [one, -1], ...coming(connections)),
      count,
    ]);
  const longestMs = Math.max(...more.map(([{ waitMs }]) => waitMs), 0);
  const others = Math.max(0, more.reduce((count, [, rooms]) => count + rooms, 0) - 1);
  more.push([onceIn(units, "sync, first of several rooms"), -others]);
  more.push([onceIn(units, "sync, nothing new"), others]);
  const [{ waitMs }, isAsked] = whoElse;
  const all = addUnits([quiet, 1], whoElse, ...more);
  return { ...all, waitMs: quiet.waitMs + longestMs + waitMs * isAsked };
}

/** The part of a `sync` that does not grow with its rooms: one room's, less what another adds. */
function onceIn(units: Parameters<typeof unitsAt>[0], name: string): Units {
  return addUnits([unitsAt(units, name, 1), 2], [unitsAt(units, name, 2), -1]);
}
