/**
 * How tokens are verified, out of the AUTH_ variables. The functions read their environment with
 * this, and the deployment's check reads the same environment beforehand, so that settings which
 * would refuse everybody are never deployed. White space around a value comes from shells and files
 * and is no part of it; only a secret's is refused, because its signer may count it.
 */
import { limits } from "../protocol/limits.ts";
import { isLoopbackUrl } from "../protocol/loopback.ts";
import { developmentSecret } from "./developmentSecret.ts";

export type TokenSettings = {
  /** The claim that names the user. */
  userClaim: string;
  /** The claim that lists scopes; the usual ones when not set. */
  scopeClaim?: string | undefined;
} & (BySecret | ByIssuer);

/** Tokens that a server of the operator's signs with HS256. */
export interface BySecret {
  secret: string;
  /** Good as well while the secret is changed: its tokens live on for a while. */
  previousSecret?: string;
  /** Checked only if set. */
  audience?: string | undefined;
}

/** Tokens of an OpenID Connect issuer. */
export interface ByIssuer {
  issuer: string;
  audience: string;
  /** Where the keys are; found by discovery when not set. */
  jwksUrl?: string | undefined;
  algorithms: readonly string[];
}

/** Of public keys only: anybody who can check an HMAC can also sign with its key. */
const algorithmsKnown = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws TypeError that names the variable which is wrong or missing, and never says its value */
export function parseTokenSettings(env: Environment): TokenSettings {
  const setting = (name: string) => env[name]?.trim() || undefined;
  const isLocal = setting("PARLEY_LOCAL") === "1";
  const userClaim = setting("AUTH_USER_CLAIM") ?? "sub";
  const claims = { userClaim, scopeClaim: setting("AUTH_SCOPE_CLAIM") };
  const audience = setting("AUTH_AUDIENCE");
  const issuer = setting("AUTH_ISSUER");
  const jwksUrl = setting("AUTH_JWKS_URL");
  const algorithms = setting("AUTH_ALGORITHMS");
  const secret = env["AUTH_SECRET"] || undefined;
  const previousSecret = env["AUTH_SECRET_PREVIOUS"] || undefined;
  if (issuer !== undefined && secret !== undefined) {
    throw new TypeError("AUTH_ISSUER and AUTH_SECRET are both set; choose one");
  }
  if (secret !== undefined) {
    for (const name of ["AUTH_JWKS_URL", "AUTH_ALGORITHMS"]) {
      if (setting(name) === undefined) continue;
      throw new TypeError(`${name} says nothing beside AUTH_SECRET; unset one`);
    }
    assertSecret("AUTH_SECRET", secret, isLocal);
    if (previousSecret === undefined) return { ...claims, secret, audience };
    assertSecret("AUTH_SECRET_PREVIOUS", previousSecret, isLocal);
    return { ...claims, secret, previousSecret, audience };
  }
  if (previousSecret !== undefined) {
    throw new TypeError("AUTH_SECRET_PREVIOUS says nothing without AUTH_SECRET; unset it");
  }
  if (issuer === undefined) {
    throw new TypeError("set AUTH_ISSUER and AUTH_AUDIENCE, or AUTH_SECRET");
  }
  assertUrl("AUTH_ISSUER", issuer, isLocal);
  if (/[?#]/.test(issuer)) throw new TypeError("AUTH_ISSUER must have no ? and no #");
  if (jwksUrl !== undefined) assertUrl("AUTH_JWKS_URL", jwksUrl, isLocal);
  if (audience === undefined) throw new TypeError("AUTH_ISSUER needs AUTH_AUDIENCE beside it");
  return { ...claims, issuer, audience, jwksUrl, algorithms: listed(algorithms ?? "RS256") };
}

function assertSecret(name: string, secret: string, isLocal: boolean): void {
  const refuse = (reason: string) => {
    throw new TypeError(`${name} ${reason}`);
  };
  if (secret !== secret.trim()) refuse("begins or ends with white space");
  if (secret === developmentSecret && !isLocal) {
    refuse("is the published development secret; anybody can sign with it");
  }
  const { secretCharactersMin, secretVarietyMin } = limits;
  if (secret.length < secretCharactersMin)
    refuse(`needs at least ${secretCharactersMin} characters`);
  if (new Set(secret).size < secretVarietyMin) {
    refuse(`needs at least ${secretVarietyMin} different characters`);
  }
}

function assertUrl(name: string, value: string, isLocal: boolean): void {
  const isSafe = value.startsWith("https://") && URL.canParse(value);
  if (isSafe || (isLocal && isLoopbackUrl(value))) return;
  throw new TypeError(`${name} must be an https:// URL`);
}

function listed(algorithms: string): string[] {
  const names = algorithms.split(",").map((name) => name.trim());
  if (names.every((name) => algorithmsKnown.includes(name))) return names;
  throw new TypeError(`AUTH_ALGORITHMS must be of ${algorithmsKnown.join(", ")}, with commas`);
}
