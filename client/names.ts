/**
 * The grammar of room names, again. A name that the service would refuse must not get into a
 * `sync`, since it would be refused for all the rooms in the same frame.
 */
const user = "[A-Za-z0-9][A-Za-z0-9._@|-]{0,63}";
const room = new RegExp(`^(?:[a-z0-9][a-z0-9._-]{0,63}|dm:(${user}):(${user}))$`);

/** The direct room of two users, in either order. */
export function directRoom(a: string, b: string): string {
  return a <= b ? `dm:${a}:${b}` : `dm:${b}:${a}`;
}

/** @throws TypeError when there can be no such room */
export function assertRoomName(name: string): void {
  const [found, a = "", b = ""] = room.exec(name) ?? [];
  if (found === undefined || a > b) throw new TypeError(`${name} is not a room name`);
}
