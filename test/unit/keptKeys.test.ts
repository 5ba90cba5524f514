/** An issuer's keys: how often they are asked for, and what holds while they cannot be had. */
import { createLocalJWKSet } from "jose";
import { describe, expect, it } from "vitest";
import { type KeySet, keptKeys } from "../../lib/adapters/jose/keptKeys.ts";
import { limits } from "../../lib/protocol/limits.ts";

/** An issuer whose answers are given by hand, and a clock that stands still. */
function issuer() {
  let atMs = 1_000_000;
  let isDown = false;
  let asked = 0;
  let held: Promise<void> | undefined;
  const ask = async (): Promise<KeySet> => {
    asked += 1;
    await held;
    if (isDown) throw new Error("no answer");
    return createLocalJWKSet({ keys: [] });
  };
  return {
    keys: keptKeys(ask, () => atMs),
    asked: () => asked,
    pass: (ms: number) => {
      atMs += ms;
    },
    fail: (down = true) => {
      isDown = down;
    },
    /** Gives no answer until what this returns is called. */
    hold: () => {
      let answer = () => {};
      held = new Promise<void>((resolve) => {
        answer = resolve;
      });
      return () => answer();
    },
  };
}
const unavailable = { code: "unavailable" };

describe("an issuer's keys", () => {
  it("are asked for once while they are fresh, then again", async () => {
    const { keys, asked, pass } = issuer();
    const first = await keys.current();
    pass(limits.keysFreshMs - 1);
    expect(await keys.current()).toBe(first);
    expect(asked()).toBe(1);
    pass(1);
    expect(await keys.current()).not.toBe(first);
    expect(asked()).toBe(2);
  });

  it("are asked for once by all who wait for them", async () => {
    const { keys, asked, hold } = issuer();
    const answer = hold();
    const waiting = Array.from({ length: 50 }, () => keys.current());
    answer();
    expect(new Set(await Promise.all(waiting)).size).toBe(1);
    expect(asked()).toBe(1);
  });

  it("are not asked for again for some seconds after a failure", async () => {
    const { keys, asked, pass, fail } = issuer();
    fail();
    for (let token = 0; token < 50; token += 1) {
      await expect(keys.current()).rejects.toMatchObject(unavailable);
    }
    expect(asked()).toBe(1);
    pass(limits.keysFailedMs);
    fail(false);
    expect(await keys.current()).toBeTypeOf("function");
    expect(asked()).toBe(2);
  });

  it("are used on while newer ones cannot be had, for so long and no longer", async () => {
    const { keys, asked, pass, fail } = issuer();
    const old = await keys.current();
    fail();
    pass(limits.keysFreshMs + 60_000);
    for (let token = 0; token < 50; token += 1) expect(await keys.current()).toBe(old);
    expect(asked()).toBe(2);
    pass(limits.keysKeptMs);
    await expect(keys.current()).rejects.toMatchObject(unavailable);
  });

  it("are asked for at once when a token names one that is unknown", async () => {
    const { keys, asked } = issuer();
    const current = await keys.current();
    const newer = await keys.newerThan(current);
    expect(newer).not.toBe(current);
    expect(asked()).toBe(2);
    expect(await keys.newerThan(current)).toBe(newer); // what somebody else has asked for
    expect(asked()).toBe(2);
    expect(await keys.current()).toBe(newer);
  });

  it("are asked for a few times a minute, however many unknown ones are named", async () => {
    const { keys, asked, pass } = issuer();
    await keys.current();
    const refetch = async () => keys.newerThan(await keys.current());
    for (let token = 0; token < 50; token += 1) await refetch();
    expect(await refetch()).toBeUndefined();
    expect(asked()).toBe(1 + limits.keyRefetchesPerMinute);
    pass(60_000);
    expect(await refetch()).toBeDefined();
  });

  it("are asked for once by all who name an unknown one at the same time", async () => {
    const { keys, asked, hold } = issuer();
    const current = await keys.current();
    const answer = hold();
    const waiting = Array.from({ length: 50 }, () => keys.newerThan(current));
    answer();
    expect(new Set(await Promise.all(waiting)).size).toBe(1);
    expect(asked()).toBe(2);
  });

  it("leave it open whether an unknown one is good while they cannot be had", async () => {
    const { keys, asked, fail } = issuer();
    const current = await keys.current();
    fail();
    for (let token = 0; token < limits.keyRefetchesPerMinute; token += 1) {
      await expect(keys.newerThan(current)).rejects.toMatchObject(unavailable);
    }
    expect(asked()).toBe(2);
  });
});
