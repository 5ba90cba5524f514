/**
 * Changes the secret that tokens are signed with. Two parameters hold the secret of now and the one
 * of before, and a deployment accepts both. The one of before is written first: a run that is
 * killed in between leaves the two the same, and the next one goes on from there.
 *
 * The secret of before must stay until its tokens have expired. So a second rotation is refused
 * until then: it would drop a secret whose tokens are still in use.
 */
import { StartError, startError } from "../startError.ts";

export interface Secrets {
  /** Undefined where there is no such parameter. */
  find(name: string): Promise<{ value: string; changedAtMs: number } | undefined>;
  put(name: string, value: string): Promise<void>;
  remove(name: string): Promise<void>;
}

interface RotateOptions {
  /** Of the parameter with the secret of now. */
  name: string;
  /** How long the tokens that are signed with it live at most. */
  tokenLifeMs: number;
  nowMs: number;
  newSecret(): string;
  isDryRun?: boolean;
}

type Rotated = "created" | "rotated" | "finished";

/** The parameter that holds the current one. */
export const secretName = (stage: string): string => `/parley/${stage}/auth-secret`;
export const previousName = (name: string): string => `${name}-previous`;

const operation = "rotate the secret";

/** @throws StartError while tokens of the secret of before may live */
export async function rotateSecret(secrets: Secrets, options: RotateOptions): Promise<Rotated> {
  const { name, newSecret, isDryRun = false } = options;
  const [current, previous] = await Promise.all([
    secrets.find(name),
    secrets.find(previousName(name)),
  ]);
  if (current === undefined) {
    if (!isDryRun) await secrets.put(name, newSecret());
    return "created";
  }
  const isBegun = previous?.value === current.value;
  if (previous !== undefined && !isBegun) throwWhileInUse(current.changedAtMs, options);
  if (isDryRun) return "rotated";
  if (!isBegun) await secrets.put(previousName(name), current.value);
  await secrets.put(name, newSecret());
  return "rotated";
}

/**
 * Drop the secret of before.
 * @throws StartError while its tokens may live, and when a rotation was begun and not completed
 */
export async function finishRotation(secrets: Secrets, options: RotateOptions): Promise<Rotated> {
  const { name, isDryRun = false } = options;
  const [current, previous] = await Promise.all([
    secrets.find(name),
    secrets.find(previousName(name)),
  ]);
  if (current === undefined) throw startError(`there is no parameter ${name}`, operation);
  if (previous === undefined) return "finished";
  if (previous.value === current.value) {
    throw startError("a rotation was begun; complete it without --finish first", operation);
  }
  throwWhileInUse(current.changedAtMs, options);
  if (!isDryRun) await secrets.remove(previousName(name));
  return "finished";
}

function throwWhileInUse(changedAtMs: number, { tokenLifeMs, nowMs }: RotateOptions): void {
  const leftMs = changedAtMs + tokenLifeMs - nowMs;
  if (leftMs <= 0) return;
  const hours = Math.ceil(leftMs / 3_600_000);
  throw new StartError(
    `unable to ${operation}; tokens of the secret of before may live for ${hours} hours more ` +
      "(--token-hours says how long yours live)",
  );
}
