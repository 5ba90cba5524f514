/**
 * Development tokens, signed with the development secret. They work on this machine only: deployed
 * services refuse the secret.
 */
import { SignJWT } from "jose";
import { developmentSecret } from "../lib/identity/developmentSecret.ts";
import { limits } from "../lib/protocol/limits.ts";
import { userName } from "../lib/protocol/names.ts";
import { parse } from "../lib/protocol/parse.ts";
import { parseCommandLine } from "./commandLine.ts";
import { startError } from "./startError.ts";

export interface TokenOptions {
  ttlSeconds?: number;
  /** Space separated, such as `notices:write`. */
  scope?: string;
  /** The user's name with a capital letter by default. */
  name?: string;
}

/** `user` becomes the `sub` claim as it is: tests want tokens for names outside the grammar too. */
export function developmentToken(
  user: string,
  { ttlSeconds = 3600, scope, name = capitalised(user) }: TokenOptions = {},
): Promise<string> {
  const issuedAt = Math.floor(Date.now() / 1000);
  return new SignJWT({ name, ...(scope !== undefined && { scope }) })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setSubject(user)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ttlSeconds)
    .sign(new TextEncoder().encode(developmentSecret));
}

function capitalised(user: string): string {
  return user.charAt(0).toUpperCase() + user.slice(1);
}

const operation = "make a token";
const usage = `Usage: npm run -s token -- USER [options]

  --ttl TIME     how long the token is valid: 90s, 15m, 1h (default), 7d
  --scope SCOPE  notices:write, rooms:admin, or both in quotation marks
  --name NAME    the display name (default: the user's name with a capital letter)`;

const unitSeconds: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** What `npm run token` prints for these arguments. @throws StartError */
export async function tokenCommand(args: string[]): Promise<string> {
  const { values, positionals } = parseCommandLine(operation, {
    args,
    allowPositionals: true,
    options: {
      ttl: { type: "string", default: "1h" },
      scope: { type: "string" },
      name: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  const { help, ttl, ...claims } = values;
  if (help) return usage;
  const [user, ...others] = positionals;
  if (user === undefined || others.length > 0) {
    throw startError("name one user, such as alice", operation);
  }
  const parsed = parse(userName, user);
  if (!parsed.ok) throw startError(`for "${user}" ${parsed.reason}`, operation);
  return developmentToken(user, { ttlSeconds: secondsOf(ttl), ...claims });
}

function secondsOf(ttl: string): number {
  const [, count, unit = ""] = /^(\d{1,9})([smhd])$/.exec(ttl) ?? [];
  const seconds = Number(count) * (unitSeconds[unit] ?? Number.NaN);
  if (!(seconds >= 1 && seconds <= limits.tokenLifetimeSeconds)) {
    throw startError(`--ttl takes a time such as 90s, 15m, 1h or 7d, not "${ttl}"`, operation);
  }
  return seconds;
}
