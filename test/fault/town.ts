/**
 * Who is there: users, their devices, the public rooms that each goes to, and whom they write to
 * directly. Rooms are small, so that messages, and not copies of them, are what the machine is busy
 * with; one is larger, and delivered as the largest ones are.
 */
import type { Random } from "../simulation/random.ts";

/** Delivered as if thousands were in it. */
export const largeRoom = "square";

/** Everybody goes there, somebody made it, and who may do what changes all the time. */
export const ledRoom = "court";

interface Citizen {
  user: string;
  devices: string[];
  rooms: string[];
  friends: string[];
}

const roomsPerUser = 4;
const membersPerRoom = 3;
/** Distances in a circle of all users; at 0 one writes to oneself. */
const friendsAt = [0, 1, 2, -1, -2];
const squareUsers = 8;

export function townOf(users: number, random: Random, names = numbered(users)): Citizen[] {
  const rooms = Math.max(2, Math.floor((users * roomsPerUser) / membersPerRoom));
  return names.map((user, index) => {
    const own = Array.from({ length: roomsPerUser }, () => `room-${random.below(rooms) + 1}`);
    if (index < squareUsers) own.push(largeRoom);
    const friends = friendsAt.map((step) => names.at((index + step) % users) as string);
    const devices = [`${user}-a`, ...(index % 3 === 0 ? [`${user}-b`] : [])];
    return { user, devices, rooms: [...new Set(own)], friends: [...new Set(friends)] };
  });
}

function numbered(users: number): string[] {
  return Array.from({ length: users }, (_, index) => `u${index + 1}`);
}
