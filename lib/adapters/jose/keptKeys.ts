/**
 * An issuer's keys, asked for as rarely as can be. Many tokens may need them at once, the issuer
 * may be slow or down, and anybody can send tokens that name keys which nobody has. So one request
 * at a time serves all who wait, a failure is remembered for some seconds, old keys are used while
 * no newer ones can be had, and unknown keys are asked for a few times a minute.
 */
import type { createLocalJWKSet } from "jose";
import { ChatError } from "../../protocol/chatError.ts";
import { limits } from "../../protocol/limits.ts";

export type KeySet = ReturnType<typeof createLocalJWKSet>;

interface KeptKeys {
  /** @throws ChatError `unavailable` if there are none, and none can be had */
  current(): Promise<KeySet>;
  /**
   * Newer keys than these; undefined if they were asked for often enough just now.
   *
   * @throws ChatError `unavailable` if they cannot be had: the token may be a good one
   */
  newerThan(keys: KeySet): Promise<KeySet | undefined>;
}

export function keptKeys(ask: () => Promise<KeySet>, nowMs: () => number): KeptKeys {
  let held: { keys: KeySet; atMs: number } | undefined;
  let failed: { error: unknown; atMs: number } | undefined;
  let asking: Promise<KeySet> | undefined;
  let refetchedAtMs: number[] = [];

  /** Old enough to be asked for again, or to be given up. */
  const isPast = (since: { atMs: number } | undefined, ms: number) =>
    since === undefined || nowMs() - since.atMs >= ms;

  async function askOnce(): Promise<KeySet> {
    try {
      const keys = await ask();
      held = { keys, atMs: nowMs() };
      failed = undefined;
      return keys;
    } catch (error) {
      failed = { error, atMs: nowMs() };
      throw outOfReach(error);
    } finally {
      asking = undefined;
    }
  }

  async function asked(): Promise<KeySet> {
    if (failed && !isPast(failed, limits.keysFailedMs)) throw outOfReach(failed.error);
    asking ??= askOnce();
    return asking;
  }

  return {
    async current() {
      if (held && !isPast(held, limits.keysFreshMs)) return held.keys;
      const old = isPast(held, limits.keysKeptMs) ? undefined : held;
      return old ? asked().catch(() => old.keys) : asked();
    },
    async newerThan(keys) {
      if (held && held.keys !== keys) return held.keys;
      if (asking) return asking;
      refetchedAtMs = refetchedAtMs.filter((atMs) => nowMs() - atMs < 60_000);
      if (refetchedAtMs.length >= limits.keyRefetchesPerMinute) return undefined;
      refetchedAtMs.push(nowMs());
      return asked();
    },
  };
}

function outOfReach(cause: unknown): ChatError {
  return new ChatError("unavailable", "the issuer's keys are out of reach", { cause });
}
