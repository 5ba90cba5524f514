/**
 * Every action: its words in "unable to …", and the type of the frame that grants it; whether it
 * makes something, and whether it is about a connection, which only a socket has.
 */
import type { Action } from "./clientFrames.ts";
import type { FrameType } from "./serverFrames.ts";

export const actions = {
  hello: { operation: "say hello", reply: "welcome" },
  join: { operation: "join", reply: "joined" },
  leave: { operation: "leave", reply: "left" },
  send: { operation: "send", reply: "ack", makes: true },
  sync: { operation: "sync", reply: "sync", socketOnly: true },
  history: { operation: "read history", reply: "history" },
  events: { operation: "read events", reply: "events" },
  edit: { operation: "edit", reply: "edited" },
  delete: { operation: "delete", reply: "deleted" },
  react: { operation: "react in", reply: "reacted" },
  reactors: { operation: "see who reacted in", reply: "reactors" },
  thread: { operation: "read a thread in", reply: "thread" },
  read: { operation: "mark as read", reply: "read" },
  typing: { operation: "show typing", reply: "typing", socketOnly: true },
  readers: { operation: "see the readers of", reply: "readers" },
  mentions: { operation: "see mentions", reply: "mentions" },
  pin: { operation: "pin in", reply: "pinned" },
  who: { operation: "see who is online", reply: "who" },
  focus: { operation: "focus", reply: "focused", socketOnly: true },
  create: { operation: "create a room", reply: "created", makes: true },
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
  preferences: { operation: "set preferences of", reply: "preferences" },
  report: { operation: "report a message in", reply: "reported" },
  reports: { operation: "see what is reported in", reply: "reports" },
  directory: { operation: "see the directory", reply: "directory" },
  ping: { operation: "ping", reply: "pong", socketOnly: true },
} as const satisfies Record<Action, ActionFacts>;

interface ActionFacts {
  operation: string;
  reply: FrameType;
  makes?: true;
  socketOnly?: true;
}

/** The actions that can be asked for over HTTP. */
export type HttpAction = {
  [A in Action]: (typeof actions)[A] extends { socketOnly: true } ? never : A;
}[Action];

export const httpActionNames = (Object.keys(actions) as Action[]).filter(
  (action): action is HttpAction => !("socketOnly" in actions[action]),
);
