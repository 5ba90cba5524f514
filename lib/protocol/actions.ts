/**
 * Every action: what it is called in "unable to …; <reason>", and the type of the frame that grants
 * it; whether it makes something, and whether it is about a connection, which only a socket has.
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
  edit: { operation: "edit the message", reply: "edited" },
  delete: { operation: "delete the message", reply: "deleted" },
  react: { operation: "react", reply: "reacted" },
  reactors: { operation: "see who reacted", reply: "reactors" },
  thread: { operation: "read a thread", reply: "thread" },
  read: { operation: "mark as read", reply: "read" },
  typing: { operation: "show typing", reply: "typing", socketOnly: true },
  readers: { operation: "see the readers", reply: "readers" },
  mentions: { operation: "see mentions", reply: "mentions" },
  pin: { operation: "pin", reply: "pinned" },
  who: { operation: "see who is online", reply: "who" },
  focus: { operation: "focus", reply: "focused", socketOnly: true },
  create: { operation: "create a room", reply: "created", makes: true },
  settings: { operation: "see what is set", reply: "settings" },
  configure: { operation: "configure the room", reply: "configured" },
  grant: { operation: "grant a role", reply: "granted" },
  invite: { operation: "invite", reply: "invited" },
  uninvite: { operation: "take back an invitation", reply: "uninvited" },
  decline: { operation: "decline an invitation", reply: "declined" },
  kick: { operation: "kick", reply: "kicked" },
  ban: { operation: "ban", reply: "banned" },
  unban: { operation: "unban", reply: "unbanned" },
  bans: { operation: "see who is banned", reply: "bans" },
  mute: { operation: "mute", reply: "muted" },
  close: { operation: "close the room", reply: "closed" },
  reopen: { operation: "reopen the room", reply: "reopened" },
  members: { operation: "see the members", reply: "members" },
  block: { operation: "block", reply: "blocked" },
  blocks: { operation: "see who is blocked", reply: "blocks" },
  preferences: { operation: "set preferences", reply: "preferences" },
  report: { operation: "report a message", reply: "reported" },
  reports: { operation: "see what is reported", reply: "reports" },
  directory: { operation: "see the directory", reply: "directory" },
  ping: { operation: "ping", reply: "pong", socketOnly: true },
} as const satisfies Record<Action, ActionFacts>;

interface ActionFacts {
  operation: string;
  reply: FrameType;
  makes?: true;
  socketOnly?: true;
}

/** What a request for `action` is called; `otherwise`, where there is no such action. */
export function operationOf(action: unknown, otherwise: string): string {
  const isKnown = typeof action === "string" && Object.hasOwn(actions, action);
  return isKnown ? actions[action as Action].operation : otherwise;
}

/** The actions that can be asked for over HTTP. */
export type HttpAction = {
  [A in Action]: (typeof actions)[A] extends { socketOnly: true } ? never : A;
}[Action];

export const httpActionNames = (Object.keys(actions) as Action[]).filter(
  (action): action is HttpAction => !("socketOnly" in actions[action]),
);
