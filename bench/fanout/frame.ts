/** A message of a hundred characters to a room, as most frames are. */
import { encodeFrame } from "../../lib/pubsub/post.ts";

export function messageFrame(seq: number): Uint8Array<ArrayBuffer> {
  const place = { seq, n: seq, tag: "abcdefgh", prev: "abcdefgh" };
  const message = { ...place, kind: "message", from: "alice", cid: `cid-${seq}` } as const;
  const event = { ...message, text: "x".repeat(100), sentAtMs: 1_795_305_190_000 };
  return encodeFrame({ type: "events", room: "large", events: [event] });
}
