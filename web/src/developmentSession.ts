/**
 * The sign-in of `npm start`: a page of this origin comes back with `#token=…&state=…`. A token is
 * taken only with a `state` that this page made up. Else a link could sign somebody in as somebody
 * else.
 */
import type { Session } from "./session.ts";

const tokenKey = "parley-token";
const stateKey = "parley-sign-in";

export function developmentSession(path: string): Session | undefined {
  const token = findToken();
  const signIn = () => leaveFor(path);
  if (token !== undefined) {
    return { user: userOf(token), token: () => token, onEnded() {}, signIn, signOut: signIn };
  }
  signIn();
  return undefined;
}

/** The token of this tab, from its address or from before a reload. */
function findToken(): string | undefined {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get("token");
  if (token === null) return sessionStorage.getItem(tokenKey) ?? undefined;
  const isExpected = fragment.get("state") === sessionStorage.getItem(stateKey);
  sessionStorage.removeItem(stateKey);
  // Neither the history nor what is shared from it may hold the token.
  history.replaceState(null, "", "/");
  if (!isExpected) return undefined;
  sessionStorage.setItem(tokenKey, token);
  return token;
}

function userOf(token: string): string {
  try {
    const base64 = token.split(".")[1]?.replaceAll("-", "+").replaceAll("_", "/") ?? "";
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return String(JSON.parse(new TextDecoder().decode(bytes)).sub);
  } catch {
    return ""; // the service refuses such a token, and says why
  }
}

function leaveFor(path: string): void {
  sessionStorage.removeItem(tokenKey);
  const state = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
  sessionStorage.setItem(stateKey, state);
  location.assign(`${path}?state=${state}`);
}
