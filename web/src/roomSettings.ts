/** What can be set of a room, in words. */
import type { ChatRoom } from "parley-client";
import * as rooms from "parley-client/rooms";
import { useEffect, useState } from "react";

export type RoomSettings = Awaited<ReturnType<typeof rooms.settings>>;
type Value = string | number | boolean;

export interface Rule {
  field: "invites" | "history" | "slowModeMs" | "retentionMs" | "listed";
  label: string;
  /** As it is set. */
  value: Value;
  /** What it can be, with the words for it; as it is set among them. */
  choices: readonly (readonly [Value, string])[];
}

const second = 1_000;
const minute = 60 * second;
const day = 24 * 60 * minute;
const slowModes = [0, 5 * second, 30 * second, 5 * minute, 60 * minute];
const retentions = [0, 1, 7, 30, 90, 365].map((days) => days * day);

/** What its owners set of a room beside its title and topic. */
export function rulesOf(now: RoomSettings, isPrivate: boolean): readonly Rule[] {
  const { invites = "members", history = "all", slowModeMs = 0, retentionMs = 0 } = now;
  const rules: Rule[] = [
    {
      ...{ field: "invites", label: "May invite", value: invites },
      choices: [
        ["members", "All members"],
        ["moderators", "Moderators and owners"],
      ],
    },
    {
      ...{ field: "history", label: "Newcomers read", value: history },
      choices: [
        ["all", "Everything"],
        ["since_join", "What comes after"],
      ],
    },
    {
      ...{ field: "slowModeMs", label: "Slow mode", value: slowModeMs },
      choices: among(slowModes, slowModeMs).map((ms) => [ms, ms ? `Every ${long(ms)}` : "Off"]),
    },
    {
      ...{ field: "retentionMs", label: "Messages kept", value: retentionMs },
      choices: among(retentions, retentionMs).map((ms) => [
        ms,
        ms ? `For ${long(ms)}` : "For good",
      ]),
    },
  ];
  if (isPrivate) return rules; // none is listed
  const listed: Rule["choices"] = [
    [true, "Yes"],
    [false, "No"],
  ];
  return [
    ...rules,
    { field: "listed", label: "In the directory", value: now.listed ?? false, choices: listed },
  ];
}

/** An operator's server may have set something that this page does not offer. */
function among(offered: readonly number[], now: number): readonly number[] {
  return [...new Set([...offered, now])].sort((a, b) => a - b);
}

/** A time in the largest unit that it is whole in, at least a second. */
function long(ms: number): string {
  const units = { day, hour: 60 * minute, minute, second };
  const [unit, length] = Object.entries(units).find(([, of]) => ms % of === 0) ?? [
    "second",
    second,
  ];
  const number = Math.round(ms / length);
  return `${number === 1 && unit !== "day" ? "" : `${number} `}${unit}${number === 1 ? "" : "s"}`;
}

/** A room's topic, where it has one, which follows what is set. */
export function useTopic(room: ChatRoom, isOpen: boolean): string {
  const [topic, setTopic] = useState("");
  useEffect(() => {
    if (!isOpen || room.name.startsWith("dm:")) return undefined;
    return rooms.onSettings(room, (now) => setTopic(now.topic ?? ""));
  }, [room, isOpen]);
  return topic;
}
