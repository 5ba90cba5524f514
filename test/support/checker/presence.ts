/** Presence is a hint, but one that ends at the truth. */
import { type History, type Of, receivedOf, type Violation } from "./history.ts";

/**
 * Of one user in one room, the newest `atMs` wins; for who hears the room in the end it is to be
 * the truth.
 */
export function presenceSettles(history: History): Violation[] {
  const newest = new Map<string, Of<"received">>();
  for (const entry of receivedOf(history, "presence")) {
    const { room, user, atMs } = entry.frame;
    const key = `${entry.connection} ${room} ${user}`;
    const known = newest.get(key)?.frame;
    if (known?.type !== "presence" || atMs >= known.atMs) newest.set(key, entry);
  }
  const violations: Violation[] = [];
  for (const { frame, connection, at } of newest.values()) {
    if (frame.type !== "presence") continue;
    const hearing = history.hearing?.get(frame.room);
    if (!hearing?.has(connection)) continue;
    const isOnline = [...hearing.values()].includes(frame.user);
    if (isOnline === frame.online) continue;
    const [shown, is] = frame.online ? ["online", "offline"] : ["offline", "online"];
    const story = `${connection} was last told that ${frame.user} is ${shown} in ${frame.room}`;
    violations.push({ promise: 4, story: `${story}, who is ${is}`, at, connection });
  }
  return violations;
}
