/** What a device asks of a room that is led, at random, whether its user may or not. */
import { limits } from "../../lib/protocol/limits.ts";
import type { Request } from "../support/checker/history.ts";
import type { Random } from "./random.ts";

/** Longer than any run: the checker knows no time at which a mute would end by itself. */
const muteMs = limits.muteMs;
const roles = ["owner", "moderator", "member"] as const;

interface Leading {
  user: string;
  users: readonly string[];
  random: Random;
  /** Nothing is hidden from those who join: what they are shown begins with the log. */
  showsPast?: boolean;
}

export function leadingFrame(
  room: string,
  { user, users, random, showsPast = false }: Leading,
): Request {
  const other = random.pick(users.filter((one) => one !== user));
  const about = { room, user: other };
  const all: readonly [weight: number, frame: () => Request][] = [
    [4, () => ({ action: "kick", ...about })],
    [2, () => ({ action: "ban", ...about })],
    [4, () => ({ action: "unban", ...about })],
    [3, () => ({ action: "mute", ...about, forMs: random.pick([0, muteMs]) })],
    [3, () => ({ action: "grant", ...about, role: random.pick(roles) })],
    [1, () => ({ action: "grant", room, user, role: random.pick(roles) })],
    [1, () => ({ action: "close", room })],
    [4, () => ({ action: "reopen", room })],
    [2, () => ({ action: "invite", ...about })],
    [1, () => ({ action: "configure", room, invites: random.pick(["members", "moderators"]) })],
    [
      showsPast ? 0 : 1,
      () => ({ action: "configure", room, history: random.pick(["all", "since_join"]) }),
    ],
  ];
  let left = random.next() * all.reduce((sum, [weight]) => sum + weight, 0);
  const [, frame] = all.find(([weight]) => {
    left -= weight;
    return left < 0;
  }) ?? [0, () => ({ action: "reopen", room }) as const];
  return frame();
}
