/**
 * Verifying JSON Web Tokens with `jose`. Which algorithms are right comes from the configuration
 * and never from the token, so a token that claims `none`, or HS256 signed with a public key, is
 * just a bad token. With keys from an issuer, the issuer and the audience are checked too: the
 * issuer's other applications have keys as good as ours.
 */
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { ChatError } from "../../domain/chatError.ts";
import { identityOf } from "../../domain/token.ts";
import type { ByIssuer, TokenSettings } from "../../domain/tokenSettings.ts";
import type { Tokens } from "../../ports.ts";

/**
 * Seconds by which an issuer's clock may be ahead of ours. `exp` is not stretched by it; see
 * `verify`.
 */
const clockToleranceSeconds = 5;

export function joseTokens(configuration: TokenSettings): Tokens {
  const claimsOf = "secret" in configuration ? bySecret(configuration) : byIssuer(configuration);
  return {
    async verify(token) {
      try {
        const identity = identityOf(await claimsOf(token), configuration.userClaim);
        const isLive = identity !== undefined && identity.expiresAtMs > Date.now();
        return isLive ? identity : undefined;
      } catch (error) {
        if (isBadToken(error)) return undefined;
        const message = "unable to verify the token; the issuer's keys are out of reach";
        throw new ChatError("unavailable", message, { cause: error });
      }
    },
  };
}

type ClaimsOf = (token: string) => Promise<JWTPayload>;

function bySecret({ secret }: { secret: string }): ClaimsOf {
  const key = new TextEncoder().encode(secret);
  const options = { algorithms: ["HS256"], clockTolerance: clockToleranceSeconds };
  return async (token) => (await jwtVerify(token, key, options)).payload;
}

function byIssuer(configuration: ByIssuer): ClaimsOf {
  const { issuer, audience, jwksUrl } = configuration;
  let keys: Promise<JWTVerifyGetKey> | undefined;
  const keySet = async () => {
    const url = jwksUrl ?? (await discoverKeys(issuer));
    return createRemoteJWKSet(new URL(url));
  };
  return async (token) => {
    keys ??= keySet();
    const getKey = await keys.catch((error) => {
      keys = undefined; // asked again at the next token
      throw error;
    });
    const { payload } = await jwtVerify(token, getKey, {
      issuer,
      algorithms: [...configuration.algorithms],
      clockTolerance: clockToleranceSeconds,
    });
    // Cognito's access tokens have their audience in `client_id`.
    const audiences = payload.aud ?? payload["client_id"];
    if (![audiences].flat().includes(audience)) {
      throw new errors.JWTClaimValidationFailed("unexpected audience", payload, "aud");
    }
    return payload;
  };
}

/** Where an issuer's keys are, by OpenID Connect Discovery 1.0. */
async function discoverKeys(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const metadata = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown };
  if (metadata.issuer !== issuer || typeof metadata.jwks_uri !== "string") {
    throw new Error(`${url} does not describe the issuer ${issuer}`);
  }
  return metadata.jwks_uri;
}

/**
 * jose's errors about keys that could not be had; every other one of its errors is about the token.
 */
const keyErrorCodes = new Set(["ERR_JOSE_GENERIC", "ERR_JWKS_TIMEOUT", "ERR_JWKS_INVALID"]);

function isBadToken(error: unknown): boolean {
  if (error instanceof errors.JOSEError) return !keyErrorCodes.has(error.code);
  // A key that does not suit the token's algorithm; a failed fetch is a TypeError as well, but has
  // a cause.
  return error instanceof TypeError && error.cause === undefined;
}
