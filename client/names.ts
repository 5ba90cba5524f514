/**
 * The grammar of room names, again. A name that the service would refuse must not get into a
 * `sync`, since it would be refused for all the rooms in the same frame.
 */
const publicRoom = /^[a-z0-9][a-z0-9._-]{0,63}$/;
/** Printable ASCII, no space at either end, and no segment that a URL's path cannot hold. */
const user = /^(?!\.{1,2}$)[!-~](?:[ -~]{0,253}[!-~])?$/;
/** Of a user as a direct room's name has it. */
const escapedMax = 500;

/** The direct room of two users, in either order. */
export function directRoom(a: string, b: string): string {
  return ["dm", ...[escapeUser(a), escapeUser(b)].sort()].join(":");
}

/** @throws TypeError when there can be no such room */
export function assertRoomName(name: string): void {
  const [prefix, ...users] = name.split(":");
  const [a = "", b = ""] = users;
  const isDirect = prefix === "dm" && users.length === 2 && a <= b && users.every(isEscapedUser);
  if (isDirect || publicRoom.test(name)) return;
  throw new TypeError(`"${name}" is not a room: use a–z 0–9 . _ - or directRoom`);
}

/** A user may hold the colon that stands between two of them. */
function escapeUser(name: string): string {
  return name.replaceAll("~", "~0").replaceAll(":", "~1");
}

function isEscapedUser(part: string): boolean {
  const name = part.replaceAll("~1", ":").replaceAll("~0", "~");
  return part.length <= escapedMax && user.test(name) && escapeUser(name) === part;
}
