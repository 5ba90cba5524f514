/** Every action: its words in "unable to …", and the type of the frame that grants it. */
import type { Action } from "./clientFrames.ts";
import type { FrameType } from "./serverFrames.ts";

export const actions = {
  hello: { operation: "say hello", reply: "welcome" },
  join: { operation: "join", reply: "joined" },
  leave: { operation: "leave", reply: "left" },
  send: { operation: "send", reply: "ack" },
  sync: { operation: "sync", reply: "sync" },
  history: { operation: "read history", reply: "history" },
  read: { operation: "mark as read", reply: "read" },
  typing: { operation: "show typing", reply: "typing" },
  who: { operation: "see who is online", reply: "who" },
  focus: { operation: "focus", reply: "focused" },
  ping: { operation: "ping", reply: "pong" },
} as const satisfies Record<Action, { operation: string; reply: FrameType }>;
