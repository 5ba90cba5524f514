/**
 * Asking an issuer for its keys, by OpenID Connect Discovery 1.0 unless their URL is known. A
 * redirect is a failure: it would let another host say what our keys are. The URL that was
 * discovered is kept until keys cannot be had there.
 */
import { createLocalJWKSet, type JSONWebKeySet } from "jose";
import type { ByIssuer } from "../../identity/tokenSettings.ts";
import { limits } from "../../protocol/limits.ts";
import type { KeySet } from "./keptKeys.ts";

export function askedKeys(
  { issuer, jwksUrl }: Pick<ByIssuer, "issuer" | "jwksUrl">,
  timeoutMs: number = limits.issuerRequestMs,
): () => Promise<KeySet> {
  let known = jwksUrl;
  return async () => {
    try {
      known ??= await discoveredUrl(issuer, timeoutMs);
      return createLocalJWKSet((await jsonAt(known, timeoutMs)) as JSONWebKeySet);
    } catch (error) {
      known = jwksUrl;
      throw error;
    }
  };
}

async function discoveredUrl(issuer: string, timeoutMs: number): Promise<string> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const { issuer: itself, jwks_uri: keys } = Object(await jsonAt(url, timeoutMs));
  const isSafe =
    typeof keys === "string" && (keys.startsWith("https://") || issuer.startsWith("http://"));
  if (itself !== issuer || !isSafe) throw new Error(`${url} does not describe ${issuer}`);
  return keys;
}

async function jsonAt(url: string, timeoutMs: number): Promise<unknown> {
  const response = await fetch(url, {
    redirect: "error",
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}
