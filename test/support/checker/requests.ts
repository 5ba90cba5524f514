/** Who has not accepted a message request is pushed nothing of its room (promise 7). */
import { directRoom } from "../../../lib/protocol/names.ts";
import { entriesOf, type History, receivedOf, usersOf, type Violation } from "./history.ts";

export function requestsWait(history: History): Violation[] {
  const users = usersOf(history);
  const direct = receivedOf(history, "invited").filter(({ frame }) => frame.room.startsWith("dm:"));
  const held = new Set(direct.map(({ frame }) => `${frame.user} ${frame.room}`));
  if (held.size === 0) return [];
  const acceptedAt = new Map<string, number>();
  for (const { connection, frame, at } of entriesOf(history, "asked")) {
    if (frame.action !== "join" && frame.action !== "send") continue;
    const user = users.get(connection) ?? "";
    const room = frame.room ?? ("to" in frame && directRoom(user, frame.to ?? user));
    const name = `${user} ${room}`;
    if (!acceptedAt.has(name)) acceptedAt.set(name, at);
  }
  return receivedOf(history, "events").flatMap(({ connection, frame, at }) => {
    const { room } = frame;
    const name = `${users.get(connection)} ${room}`;
    if ("id" in frame || !held.has(name) || at > (acceptedAt.get(name) ?? Infinity)) return [];
    const story = `${connection} was pushed ${room}, where a request waits for an answer`;
    return [{ promise: 7, story, at, connection, room }];
  });
}
