/** A message as it is stored, for benches that fill tables without sending each. */
import { eventKey, type Item, toItem } from "../lib/adapters/dynamodb/items.ts";

export const text = "x".repeat(100);
const tagOf = (seq: number) => `tag${seq}`.padEnd(8, "-");

/** The message at a position of a room in which all events are messages. */
export function messageItem(room: string, seq: number, sentAtMs: number): Item {
  const place = { n: seq, tag: tagOf(seq), ...(seq > 1 && { prev: tagOf(seq - 1) }) };
  const message = { kind: "message", from: `user-${seq % 7}`, cid: `c-${seq}`, sentAtMs };
  return toItem(eventKey(room, seq), { ...place, ...message, text });
}
