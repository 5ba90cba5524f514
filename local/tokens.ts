/**
 * Development tokens, signed with the development secret. They are worth something only on this
 * machine: a deployed service refuses the secret.
 */
import { SignJWT } from "jose";
import { developmentSecret } from "../lib/identity/developmentSecret.ts";

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
