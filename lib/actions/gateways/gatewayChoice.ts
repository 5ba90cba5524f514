/**
 * Which gateway a user belongs to, by weighted rendezvous hashing: every gateway gets a score for
 * the user, and the highest one wins. A score depends on nothing but the user, the gateway's name
 * and its weight. So the order of the list does not matter, a gateway that is added takes users
 * from the others and moves nobody between them, and one that is removed gives up its own alone.
 */
import type { Gateway } from "../../protocol/gateways.ts";

/** What a choice is made from. */
export type Candidate = Pick<Gateway, "name" | "weight" | "state">;

/**
 * The gateways that a user may be sent to, best first. A draining one is none of them. Those that
 * failed the user come last and are not left out: when nothing else is to be had, one of them may
 * have come back.
 */
export function* gatewaysFor<G extends Candidate>(
  user: string,
  gateways: readonly G[],
  failed: ReadonlySet<string> = new Set(),
): Generator<G, void> {
  const open = gateways.filter(({ state }) => state === "open");
  for (const isFailed of [false, true]) {
    yield* bestFirst(
      user,
      open.filter(({ name }) => failed.has(name) === isFailed),
    );
  }
}

/** Nearly everybody takes the first, so it is looked for and nothing is sorted. */
function* bestFirst<G extends Candidate>(user: string, gateways: G[]): Generator<G, void> {
  const scores = gateways.map((gateway) => scoreOf(user, gateway));
  while (gateways.length > 0) {
    let best = 0;
    for (let index = 1; index < scores.length; index += 1) {
      if ((scores[index] as number) > (scores[best] as number)) best = index;
    }
    yield gateways[best] as G;
    gateways.splice(best, 1);
    scores.splice(best, 1);
  }
}

/**
 * With u evenly spread over (0, 1), −w / ln u is the highest of several with the probability w /
 * Σw: ln u / w is an exponential variable of rate w, and the smallest of those wins by its rate.
 */
function scoreOf(user: string, { name, weight }: Candidate): number {
  return -weight / Math.log(evenlySpread(name, user));
}

/**
 * A number above 0 and below 1 that is the same for the same two texts, "name user". Two lanes of
 * FNV-1a with other beginnings and factors, mixed into each other as MurmurHash3 ends: alone, the
 * last letters would hardly reach the high bits, and users with short names would not be spread
 * evenly. The texts are not put together first, which would take as long as all the rest.
 */
function evenlySpread(name: string, user: string): number {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (const text of [name, " ", user]) {
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b ^ code, 0x85ebca77);
    }
  }
  const high = mixed(a ^ mixed(b));
  const low = mixed(b ^ high);
  return ((high >>> 6) * 2 ** 27 + (low >>> 5) + 0.5) / 2 ** 53;
}

function mixed(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return (twice ^ (twice >>> 16)) >>> 0;
}
