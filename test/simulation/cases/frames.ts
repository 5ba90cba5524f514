/** What people ask in the small cases. */
import type { Request } from "../../support/checker/history.ts";

export const room = "general";
export const direct = "dm:alice:bob";

export const say = (cid: string) =>
  ({ action: "send", room, text: `said ${cid}`, cid, after: 0 }) as const;
export const sync = { action: "sync", rooms: { [room]: 0 } } as const;
export const join = { action: "join", room } as const;
export const look: Request = { action: "focus", rooms: [room] };
export const types = { action: "typing", room, on: true } as const;
export const leave = { action: "leave", room } as const;
export const toBob = { action: "send", to: "bob", text: "hi", cid: "d", after: 0 } as const;
export const toAlice = { action: "send", to: "alice", text: "hello", cid: "e", after: 0 } as const;
/** Of the first message of the room. */
export const edit = (cid: string) =>
  ({ action: "edit", room, seq: 1, text: `edited by ${cid}`, cid }) as const;
export const remove = { action: "delete", room, seq: 1 } as const;
export const react = (emoji: string, on = true) =>
  ({ action: "react", room, seq: 1, emoji, on }) as const;
