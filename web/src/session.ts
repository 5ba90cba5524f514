/**
 * Who is signed in, in this tab alone: a second window may be somebody else. The page asks for a
 * sign-in with a `state` that it made up, and takes a token from its address only with that state.
 * Else a link could sign somebody in as somebody else.
 */

/** Where the service is, and where to sign in. Made by the one who serves the page. */
export interface Config {
  /** Of the WebSocket API. */
  url: string;
  /** A page that comes back with `#token=…&state=…`. */
  signIn: string;
}

const tokenKey = "parley-token";
const stateKey = "parley-sign-in";

export async function readConfig(): Promise<Config> {
  const response = await fetch("/config.json");
  if (!response.ok) throw new Error(`unable to read /config.json; it answers ${response.status}`);
  return (await response.json()) as Config;
}

/** The token of this tab, from its address or from before a reload. */
export function findToken(): string | undefined {
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

/** Whose token it is, as far as a page can tell: it only names a database by that. */
export function userOf(token: string): string {
  try {
    const base64 = token.split(".")[1]?.replaceAll("-", "+").replaceAll("_", "/") ?? "";
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return String(JSON.parse(new TextDecoder().decode(bytes)).sub);
  } catch {
    return ""; // the service refuses such a token, and says why
  }
}

export function signIn({ signIn }: Config): void {
  sessionStorage.removeItem(tokenKey);
  const state = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
  sessionStorage.setItem(stateKey, state);
  location.assign(`${signIn}?state=${state}`);
}
