/** A frame in a few words, for the stories of a simulation. */
import type { LogEvent, ServerFrame } from "../../lib/protocol/serverFrames.ts";
import { pagesIn } from "../support/syncReply.ts";

export function sketch(frame: ServerFrame): string {
  const seqs = (events: LogEvent[]) => events.map(({ seq }) => seq).join(",");
  const isPage = pagesIn(frame).length > 0;
  const room = "room" in frame && !isPage ? ` ${frame.room}` : "";
  const what = pagesIn(frame).map(({ room, events }) => ` ${room} [${seqs(events)}]`);
  const seq = frame.type === "ack" ? ` ${frame.seq}` : "";
  const presence =
    frame.type === "presence" ? ` ${frame.user} ${frame.online ? "online" : "offline"}` : "";
  return `${frame.type}${room}${what.join("")}${seq}${presence}`;
}
