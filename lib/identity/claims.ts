/**
 * From the claims of a token whose signature is right to an identity. The clock of an issuer may be
 * ahead of ours, so `nbf` and `iat` have some leeway; `exp` has none, because a connection is told
 * the moment at which it ends.
 */
import { limits } from "../protocol/limits.ts";
import { userName } from "../protocol/names.ts";
import { parse } from "../protocol/parse.ts";
import { displayName } from "./displayName.ts";
import { type RefusalReason, type Refused, refuse, type Verdict } from "./tokenRefusal.ts";
import type { TokenSettings } from "./tokenSettings.ts";

type Claims = Readonly<Record<string, unknown>>;
type Wanted = Pick<TokenSettings, "userClaim" | "scopeClaim" | "audience">;

/** The scope of the operator's servers: an owner's rights in every room. */
const adminScope = "rooms:admin";

/** Whom the claims name, or why they name nobody who may come in now. */
export function identityOf(claims: Claims, wanted: Wanted, nowMs: number): Verdict {
  const { userClaim, scopeClaim, audience } = wanted;
  if (audience !== undefined && !isFor(audience, claims)) return refuse("wrong_audience");
  const { exp, nbf, iat } = claims;
  if (typeof exp !== "number") return refuse("no_expiry");
  const reason = untimely({ exp, nbf, iat }, nowMs / 1_000);
  if (reason !== undefined) return refuse(reason);
  const user = userOf(claims[userClaim], userClaim);
  if (typeof user !== "string") return user;
  const name = displayName(claims["name"]);
  const scopes = scopesOf(claims, scopeClaim);
  return {
    identity: {
      user,
      ...(name !== undefined && { name }),
      expiresAtMs: Math.floor(exp * 1_000),
      scopes,
      ...(scopes.includes(adminScope) && { isAdmin: true }),
    },
  };
}

/** Cognito's access tokens have their audience in `client_id`. */
function isFor(audience: string, claims: Claims): boolean {
  return [claims["aud"] ?? claims["client_id"]].flat().includes(audience);
}

function untimely(
  { exp, nbf, iat }: { exp: number; nbf: unknown; iat: unknown },
  now: number,
): RefusalReason | undefined {
  for (const from of [nbf, iat]) {
    if (from !== undefined && typeof from !== "number") return "malformed";
    if (typeof from === "number" && from > now + limits.clockLeewaySeconds) return "not_yet_valid";
  }
  if (exp <= now) return "expired";
  const from = typeof iat === "number" ? iat : now;
  return exp - from > limits.tokenLifetimeSeconds ? "lifetime_too_long" : undefined;
}

/** The claim as it is. Some issuers number their users: a whole number is its decimal text. */
function userOf(claim: unknown, name: string): string | Refused {
  const user = Number.isSafeInteger(claim) ? String(claim) : claim;
  if (typeof user === "number") return refuse("no_user", `${name} is no whole number below 2^53`);
  const parsed = parse(userName, user);
  if (parsed.ok) return parsed.value;
  const reason = user === undefined ? "it is missing" : parsed.reason;
  return refuse("no_user", reason.replace(/^it /, `${name} `));
}

/**
 * Auth0's permissions are what its API grants, while its `scope` may hold only what was asked for;
 * Okta and Entra have `scp`. So the more special claim comes first.
 */
const scopeClaims = ["permissions", "scp", "scope"];

/** Separated by spaces, or in a list. */
function scopesOf(claims: Claims, scopeClaim: string | undefined): string[] {
  const names = scopeClaim === undefined ? scopeClaims : [scopeClaim];
  const claim = names.map((name) => claims[name]).find((found) => found !== undefined);
  return [claim]
    .flat()
    .filter((scope) => typeof scope === "string")
    .flatMap((scope) => scope.split(" "))
    .filter(Boolean);
}
