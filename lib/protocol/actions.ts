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
  create: { operation: "create a room", reply: "created" },
  configure: { operation: "configure", reply: "configured" },
  grant: { operation: "grant a role in", reply: "granted" },
  invite: { operation: "invite to", reply: "invited" },
  uninvite: { operation: "take back an invitation to", reply: "uninvited" },
  decline: { operation: "decline an invitation to", reply: "declined" },
  kick: { operation: "kick from", reply: "kicked" },
  ban: { operation: "ban from", reply: "banned" },
  unban: { operation: "unban from", reply: "unbanned" },
  bans: { operation: "see who is banned from", reply: "bans" },
  mute: { operation: "mute in", reply: "muted" },
  close: { operation: "close", reply: "closed" },
  reopen: { operation: "reopen", reply: "reopened" },
  members: { operation: "see the members of", reply: "members" },
  block: { operation: "block", reply: "blocked" },
  blocks: { operation: "see whom I block", reply: "blocks" },
  ping: { operation: "ping", reply: "pong" },
} as const satisfies Record<Action, { operation: string; reply: FrameType }>;
