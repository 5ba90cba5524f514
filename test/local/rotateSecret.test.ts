/** `npm run rotate-secret`: no token is refused on the way, wherever it is killed. */
import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { joseTokens } from "../../lib/adapters/jose/tokens.ts";
import { parseTokenSettings } from "../../lib/identity/tokenSettings.ts";
import { finishRotation, rotateSecret, type Secrets } from "../../local/operate/rotateSecret.ts";
import { runToEnd } from "./processes.ts";

const name = "/parley/prod/auth-secret";
const previous = `${name}-previous`;
const hourMs = 3_600_000;

const signed = (secret: string) =>
  new SignJWT({ sub: "alice" })
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime("1h")
    .sign(new TextEncoder().encode(secret));

/** Parameters in memory; dies at its n-th write, before or behind it. */
function parameters() {
  const kept = new Map<string, { value: string; changedAtMs: number }>();
  const clock = { nowMs: 1_000 * hourMs, diesAt: Number.POSITIVE_INFINITY, isDone: false };
  const write = (change: () => void) => {
    clock.diesAt -= 1;
    if (clock.diesAt > 0 || clock.isDone) change();
    if (clock.diesAt <= 0) throw new Error("killed");
  };
  const secrets: Secrets = {
    find: async (at) => kept.get(at),
    put: async (at, value) => write(() => kept.set(at, { value, changedAtMs: clock.nowMs })),
    remove: async (at) => write(() => kept.delete(at)),
  };
  let made = 0;
  const options = (isDryRun = false) => ({
    ...{ name, tokenLifeMs: 24 * hourMs, nowMs: clock.nowMs, isDryRun },
    newSecret: () => {
      made += 1;
      return `secret ${made}, which is as long as it must be`;
    },
  });
  const value = (at: string) => kept.get(at)?.value;
  /** Whether a deployment of now accepts a token. */
  const accepts = async (token: string) => {
    const settings = { AUTH_SECRET: value(name), AUTH_SECRET_PREVIOUS: value(previous) };
    return "identity" in (await joseTokens(parseTokenSettings(settings)).verify(token));
  };
  return { secrets, clock, options, value, accepts };
}

describe("rotating the secret", () => {
  it("makes the first one, then changes it and keeps the one of before", async () => {
    const { secrets, options, value, accepts } = parameters();
    expect(await rotateSecret(secrets, options())).toBe("created");
    const first = value(name) ?? "";
    expect(await rotateSecret(secrets, options())).toBe("rotated");
    expect(value(previous)).toBe(first);
    expect(value(name)).not.toBe(first);
    for (const secret of [first, value(name) ?? ""]) {
      expect(await accepts(await signed(secret))).toBe(true);
    }
  });

  it("is refused again until the tokens of the secret of before have expired", async () => {
    const { secrets, clock, options, value } = parameters();
    await rotateSecret(secrets, options());
    await rotateSecret(secrets, options());
    const second = value(name);
    clock.nowMs += hourMs;
    const reason = "tokens of the secret of before may live for 23 hours more";
    await expect(rotateSecret(secrets, options())).rejects.toThrow(reason);
    await expect(finishRotation(secrets, options())).rejects.toThrow(reason);
    expect(value(name)).toBe(second);
    clock.nowMs += 23 * hourMs;
    expect(await finishRotation(secrets, options())).toBe("finished");
    expect([value(name), value(previous)]).toEqual([second, undefined]);
    expect(await rotateSecret(secrets, options())).toBe("rotated");
    expect(value(previous)).toBe(second);
  });

  it("accepts every token wherever it is killed, and is completed by the next run", async () => {
    for (const diesAt of [1, 2]) {
      for (const isDone of [false, true]) {
        const { secrets, clock, options, value, accepts } = parameters();
        await rotateSecret(secrets, options());
        const first = value(name) ?? "";
        const token = await signed(first);
        Object.assign(clock, { diesAt, isDone });
        await expect(rotateSecret(secrets, options())).rejects.toThrow("killed");
        expect(await accepts(token)).toBe(true);
        clock.diesAt = Number.POSITIVE_INFINITY;
        const isThere = value(name) !== first;
        if (isThere) await expect(rotateSecret(secrets, options())).rejects.toThrow("may live");
        else expect(await rotateSecret(secrets, options())).toBe("rotated");
        expect(value(previous)).toBe(first);
        expect(await accepts(token)).toBe(true);
      }
    }
  });

  it("does not drop the secret of before while a rotation is half done", async () => {
    const { secrets, clock, options } = parameters();
    await rotateSecret(secrets, options());
    Object.assign(clock, { diesAt: 1, isDone: true });
    await expect(rotateSecret(secrets, options())).rejects.toThrow("killed");
    clock.diesAt = Number.POSITIVE_INFINITY;
    await expect(finishRotation(secrets, options())).rejects.toThrow("a rotation was begun");
  });

  it("changes nothing in a dry run", async () => {
    const { secrets, options, value } = parameters();
    expect(await rotateSecret(secrets, options(true))).toBe("created");
    expect(value(name)).toBeUndefined();
    await rotateSecret(secrets, options());
    const first = value(name);
    expect(await rotateSecret(secrets, options(true))).toBe("rotated");
    expect([value(name), value(previous)]).toEqual([first, undefined]);
  });
});

describe("npm run rotate-secret", () => {
  it.each([
    [[], "--stage names no stage"],
    [["--stage", "a/b"], "--stage is no stage"],
    [["--stage", "prod", "--token-hours", "721"], "--token-hours takes a whole number of hours up"],
  ])("refuses %j in one line", async (args, reason) => {
    const { code, errors } = await runToEnd("rotateSecret.ts", { args });
    expect(errors).toMatch(/^unable to rotate the secret; [^\n]+\n$/);
    expect(errors).toContain(reason);
    expect(code).toBe(1);
  });
});
