/** A frame in a few words, for the stories of a simulation. */
import type { LogEvent, ServerFrame } from "../../lib/protocol/serverFrames.ts";

export function sketch(frame: ServerFrame): string {
  const seqs = (events: LogEvent[]) => events.map(({ seq }) => seq).join(",");
  const room = "room" in frame && frame.room ? ` ${frame.room}` : "";
  const what = "events" in frame ? ` [${seqs(frame.events)}]` : "";
  const seq = frame.type === "ack" ? ` ${frame.seq}` : "";
  const presence =
    frame.type === "presence" ? ` ${frame.user} ${frame.online ? "online" : "offline"}` : "";
  return `${frame.type}${room}${what}${seq}${presence}`;
}
