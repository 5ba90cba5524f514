/** All that a room shows, feature by feature. */
import { messages } from "./messages.ts";
import { online } from "./online.ts";
import { pins } from "./pins.ts";
import { reads } from "./reads.ts";
import type { RoomChange, RoomReducer, RoomSnapshot } from "./roomSnapshot.ts";
import { typing } from "./typing.ts";

const state: RoomReducer = (snapshot, change) => {
  if (change.type !== "state") return snapshot;
  const { state, error, by, reason } = change;
  return { ...snapshot, state, error, by, reason };
};

const features: readonly RoomReducer[] = [state, messages, typing, online, reads, pins];

export function emptyRoom(room: string): RoomSnapshot {
  return {
    ...{ room, state: "idle", messages: [], hasOlder: false },
    ...{ typing: [], online: [], reads: {}, pins: [], rev: 0 },
  };
}

export function changedRoom(
  snapshot: RoomSnapshot,
  change: RoomChange,
  me: string | undefined,
): RoomSnapshot {
  return features.reduce((before, reduce) => reduce(before, change, me), snapshot);
}
