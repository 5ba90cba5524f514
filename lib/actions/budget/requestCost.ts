/**
 * What requests cost, in units of about a millionth of a dollar: so much is one frame out, or eight
 * strongly consistent reads, or one and a half writes. Every request costs the frame, the
 * invocation and the answer; the rest is what it makes the service read, write and tell others. A
 * cost is known before the request runs, so it is neither a request's best nor its worst case.
 */
import type { Action, ClientFrame } from "../../protocol/clientFrames.ts";
import type { RouteKey } from "../../protocol/httpRoutes.ts";

export const requestCosts = {
  ping: 3,
  /** Messages are what the service is for; `senderEvents` limits those of one user in a room. */
  send: 4,
  /** And `syncRoomCost` for each room. */
  sync: 3,
  who: 5,
  read: 5,
  hello: 10,
  history: 10,
  /** Up to 49 frames out, for something that nobody reads a second later. */
  typing: 20,
  /** Up to 49 frames of presence, and the user's other connections are told. */
  join: 50,
  leave: 50,
} as const satisfies Record<Action, number>;

/** A frame out, and five reads. */
export const syncRoomCost = 2;

export function costOf(frame: ClientFrame<Action>): number {
  const rooms = frame.action === "sync" ? Object.keys(frame.rooms).length : 0;
  return requestCosts[frame.action] + rooms * syncRoomCost;
}

export const routeCosts = {
  "POST /rooms/{room}/messages": requestCosts.send,
  "GET /rooms/{room}/events": requestCosts.history,
  "GET /rooms/{room}/online": requestCosts.who,
  /** Free: only a server of the operator's may, and it may have everybody to notify at once. */
  "POST /users/{user}/notices": 0,
  "GET /gateway": 3,
  "GET /health": 0,
} as const satisfies Record<RouteKey, number>;
