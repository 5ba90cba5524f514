/** All that a room shows, feature by feature. */
import { messages } from "./messages.ts";
import { online } from "./online.ts";
import { reads } from "./reads.ts";
import type { RoomChange, RoomReducer, RoomSnapshot } from "./roomSnapshot.ts";
import { typing } from "./typing.ts";

const state: RoomReducer = (snapshot, change) =>
  change.type === "state" ? { ...snapshot, state: change.state, error: change.error } : snapshot;

const features: readonly RoomReducer[] = [state, messages, typing, online, reads];

export function emptyRoom(room: string): RoomSnapshot {
  return {
    ...{ room, state: "idle", messages: [], hasOlder: false },
    ...{ typing: [], online: [], reads: {} },
  };
}

export function changedRoom(snapshot: RoomSnapshot, change: RoomChange): RoomSnapshot {
  return features.reduce((before, reduce) => reduce(before, change), snapshot);
}
