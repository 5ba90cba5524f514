/**
 * Verifying JSON Web Tokens with `jose`. Which algorithms are right comes from the settings and
 * never from the token, so a token that claims `none`, or HS256 signed with a public key, is just a
 * bad token. With keys from an issuer, the issuer and the audience are checked too: the issuer's
 * other applications have keys as good as ours.
 *
 * Anybody can send anything. So what needs no key is checked first, and only a token that could be
 * right makes us ask the issuer for keys.
 */
import {
  type CryptoKey,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from "jose";
import { identityOf } from "../../identity/claims.ts";
import { type Refused, refuse } from "../../identity/tokenRefusal.ts";
import type { ByIssuer, BySecret, TokenSettings } from "../../identity/tokenSettings.ts";
import type { Tokens } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import { askedKeys } from "./askedKeys.ts";
import { type KeySet, keptKeys } from "./keptKeys.ts";

export function joseTokens(settings: TokenSettings, nowMs = Date.now): Tokens {
  const claimsOf = "secret" in settings ? bySecret(settings, nowMs) : byIssuer(settings, nowMs);
  return {
    async verify(token) {
      const found = await claimsOf(token);
      return "refused" in found ? found : identityOf(found.claims, settings, nowMs());
    },
  };
}

type Found = { claims: JWTPayload } | Refused;
type ClaimsOf = (token: string) => Promise<Found>;
/** A key, or the keys of an issuer to choose from by the token's header. */
type Key = Uint8Array | CryptoKey | KeySet;

function bySecret({ secret, previousSecret }: BySecret, nowMs: () => number): ClaimsOf {
  const keyOf = (text: string) => new TextEncoder().encode(text);
  const key = keyOf(secret);
  const previous = previousSecret === undefined ? undefined : keyOf(previousSecret);
  const algorithms = ["HS256"];
  return async (token) => {
    const refused = refusalOfForm(token, { algorithms });
    if (refused) return refused;
    const options = optionsOf({ algorithms }, nowMs);
    const found = await verified(token, key, options);
    return previous && isWrong(found) ? verified(token, previous, options) : found;
  };
}

function byIssuer(settings: ByIssuer, nowMs: () => number): ClaimsOf {
  const keys = keptKeys(askedKeys(settings), nowMs);
  return async (token) => {
    const refused = refusalOfForm(token, settings);
    if (refused) return refused;
    const options = optionsOf(settings, nowMs);
    const current = await keys.current();
    const found = await verifiedByOne(token, current, options);
    const isUnknown = "refused" in found && found.refused.reason === "unknown_key";
    // The issuer may have changed its keys since we asked.
    const newer = isUnknown ? await keys.newerThan(current) : undefined;
    return newer === undefined ? found : verifiedByOne(token, newer, options);
  };
}

interface Accepted {
  algorithms: readonly string[];
  issuer?: string;
}

function optionsOf({ algorithms, issuer }: Accepted, nowMs: () => number): JWTVerifyOptions {
  return {
    algorithms: [...algorithms],
    clockTolerance: limits.clockLeewaySeconds,
    currentDate: new Date(nowMs()),
    ...(issuer !== undefined && { issuer }),
  };
}

/** What can be seen without a key. */
function refusalOfForm(token: string, { algorithms, issuer }: Accepted): Refused | undefined {
  try {
    const { alg } = decodeProtectedHeader(token);
    if (!algorithms.includes(String(alg))) return refuse("wrong_algorithm");
    const { iss } = decodeJwt(token);
    if (issuer !== undefined && iss !== issuer) return refuse("wrong_issuer");
    return undefined;
  } catch {
    return refuse("malformed"); // not even the form of a token
  }
}

/**
 * Verified with the key that the token names; with every key that fits, if it names none. Then a
 * signature that fits none of them may be of a key that is not at hand yet.
 */
async function verifiedByOne(
  token: string,
  keys: KeySet,
  options: JWTVerifyOptions,
): Promise<Found> {
  try {
    const found = await verified(token, keys, options);
    const isNamed = decodeProtectedHeader(token).kid !== undefined;
    return isNamed || !isWrong(found) ? found : refuse("unknown_key");
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    let tried = 0;
    for await (const key of error) {
      const found = await verified(token, key, options);
      if (!isWrong(found)) return found;
      tried += 1;
      if (tried === limits.keyCandidates) break;
    }
    return refuse("unknown_key");
  }
}

const isWrong = (found: Found): boolean =>
  "refused" in found && found.refused.reason === "bad_signature";

async function verified(token: string, key: Key, options: JWTVerifyOptions): Promise<Found> {
  try {
    const { payload } =
      typeof key === "function"
        ? await jwtVerify(token, key, options)
        : await jwtVerify(token, key, options);
    return { claims: payload };
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) throw error;
    return refusalOf(error);
  }
}

/** Keys are at hand by now, so any failure is the token's fault, or its key's. */
function refusalOf(error: unknown): Refused {
  if (error instanceof errors.JWTExpired) return refuse("expired");
  if (error instanceof errors.JWSSignatureVerificationFailed) return refuse("bad_signature");
  if (error instanceof errors.JWKSNoMatchingKey) return refuse("unknown_key");
  if (error instanceof errors.JOSEAlgNotAllowed) return refuse("wrong_algorithm");
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason } = error;
    if (claim === "exp") return refuse("no_expiry");
    if (claim === "iss") return refuse("wrong_issuer");
    return refuse(claim === "nbf" && reason === "check_failed" ? "not_yet_valid" : "malformed");
  }
  // Any other error of jose's means a malformed token; any other error, an unsuitable key.
  return refuse(error instanceof errors.JOSEError ? "malformed" : "unknown_key");
}
