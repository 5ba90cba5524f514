/** How many users have another gateway when there is one more, or one less: ours, and by crc32. */
import { crc32 } from "node:zlib";
import { gatewaysFor } from "../../lib/actions/gateways/gatewayChoice.ts";
import { evenGateways } from "./fleet.ts";

/** As shares of all users. */
export interface Moves {
  ours: number;
  /** `crc32(user) % n`. */
  modulo: number;
  /** As many as have to: those of the gateway that goes, or the share of the one that comes. */
  least: number;
}

/** Enough to be right to three digits. */
const usersMost = 100_000;

export function movesBetween(users: number, before: number, after: number): Moves {
  const count = Math.min(users, usersMost);
  const [one, other] = [evenGateways(before, users), evenGateways(after, users)];
  let ours = 0;
  let modulo = 0;
  for (let index = 0; index < count; index += 1) {
    const user = `user-${index}`;
    const first = gatewaysFor(user, one).next().value?.name;
    if (gatewaysFor(user, other).next().value?.name !== first) ours += 1;
    const hash = crc32(user);
    if (hash % before !== hash % after) modulo += 1;
  }
  return { ours: ours / count, modulo: modulo / count, least: 1 / Math.max(before, after) };
}
