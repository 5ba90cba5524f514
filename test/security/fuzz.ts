/**
 * A seeded stream of random and mutated frames for the boundary: half of them nearly right, since
 * what is nearly right reaches furthest. The same seed gives the same frames.
 */
import { clientFrames } from "../../lib/protocol/clientFrames.ts";

/** Marsaglia's xorshift32: small, fast, and the same everywhere. Evenly spread over [0, 1). */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

const rooms = ["general", "dm:alice:bob", "dm:bob:carol", "", "Ä", "__proto__", "a".repeat(65)];
const texts = ["hi", "", " ", "\ud800", "\0", "😀".repeat(50), "x".repeat(4_001), "\u202e", "<b>"];
const numbers = [0, 1, -1, 1.5, 2 ** 53, 1e308, 50, 101];
const oddities: unknown[] = [null, true, [], {}, [[]], "1", { length: 1 }, "__proto__"];

export function* fuzzedFrames(seed: number, count: number): Generator<string> {
  const random = seededRandom(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const field: Record<string, () => unknown> = {
    id: () => pick(["1", "a.b", "", "a b", 5]),
    room: () => pick(rooms),
    to: () => pick(["bob", "alice", "a:b", ""]),
    text: () => pick(texts),
    cid: () => pick(["c-1", "c-2", ""]),
    after: () => pick(numbers),
    before: () => pick(numbers),
    limit: () => pick(numbers),
    seq: () => pick(numbers),
    on: () => pick([true, false, 0]),
    rooms: () =>
      Object.fromEntries([pick(rooms), pick(rooms)].map((room) => [room, pick(numbers)])),
    surprise: () => pick(oddities),
  };
  const names = Object.keys(field);
  const actions = [...Object.keys(clientFrames), "$connect", "constructor", ""];

  for (let sent = 0; sent < count; sent += 1) {
    const frame: Record<string, unknown> = {
      action: random() < 0.95 ? pick(actions) : pick(oddities),
    };
    for (const name of names) {
      if (random() < 0.3) frame[name] = random() < 0.9 ? field[name]?.() : pick(oddities);
    }
    yield mutated(JSON.stringify(frame), random);
  }
}

/** Most frames go as they are; some lose, gain or swap a piece, and some are noise. */
function mutated(text: string, random: () => number): string {
  const at = Math.floor(random() * text.length);
  const noise = String.fromCharCode(Math.floor(random() * 0x1_0000));
  const roll = random();
  if (roll < 0.7) return text;
  if (roll < 0.8) return text.slice(0, at);
  if (roll < 0.9) return text.slice(0, at) + noise + text.slice(at);
  if (roll < 0.95) return text.slice(0, at) + text.slice(at + 1);
  return noise.repeat(Math.floor(random() * 64));
}
