/**
 * Signs in with an OpenID Connect provider: authorization code with PKCE (docs/decisions/0061). The
 * page leaves for the provider and comes back with a code, which is good only together with the
 * verifier that this tab kept. Tokens are renewed when the chat asks for one and the one at hand
 * has little life left.
 */
import * as oauth from "oauth4webapi";
import type { Provider } from "./config.ts";
import { NotSignedIn, type Session } from "./session.ts";
import { isThisTabsOwn } from "./tabOwner.ts";

const startedKey = "parley-oidc-started";
const tokensKey = "parley-oidc-tokens";
const signedOutKey = "parley-oidc-signed-out";

/** The chat asks for a fresh token when at most a fifth of its life is left. */
const renewShare = 0.25;
/** A provider that does not answer must not hold up a page for longer. */
const answerMs = 15_000;

/** What a sign-in began with. */
interface Started {
  state: string;
  nonce: string;
  verifier: string;
  /** Where the user was. */
  hash: string;
}

interface Tokens {
  user: string;
  access: string;
  id: string;
  refresh?: string | undefined;
  takenAtMs: number;
  expiresAtMs: number;
}

/** @throws NotSignedIn */
export async function oidcSession(settings: Provider): Promise<Session | undefined> {
  const provider = new ProviderClient(settings);
  const answer = new URLSearchParams(location.search);
  if (answer.has("state")) await finish(provider, answer);
  const tokens = read<Tokens>(tokensKey);
  if (tokens !== undefined) return new OidcSession(provider, tokens);
  if (take(signedOutKey) !== undefined) throw new NotSignedIn("You have signed out.");
  await begin(provider);
  return undefined;
}

async function begin(provider: ProviderClient): Promise<void> {
  const { state, nonce, verifier, address } = await provider.begin();
  keep(startedKey, { state, nonce, verifier, hash: location.hash } satisfies Started);
  location.assign(address);
}

/** Takes the provider's answer out of the address, and what it is worth into this tab. */
async function finish(provider: ProviderClient, answer: URLSearchParams): Promise<void> {
  const started = take<Started>(startedKey);
  // Neither the history nor what is shared from it may hold the code.
  history.replaceState(null, "", `/${started?.hash ?? ""}`);
  if (started === undefined || answer.get("state") !== started.state) {
    throw new NotSignedIn("This sign-in was not begun in this tab. Please sign in again.");
  }
  keep(tokensKey, await provider.finish(answer, started));
}

class OidcSession implements Session {
  readonly #provider: ProviderClient;
  readonly #mayRenew = isThisTabsOwn();
  #tokens: Tokens;
  #ended = () => {};

  constructor(provider: ProviderClient, tokens: Tokens) {
    this.#provider = provider;
    this.#tokens = tokens;
  }

  get user(): string {
    return this.#tokens.user;
  }

  onEnded(call: () => void): void {
    this.#ended = call;
  }

  /** The chat asks for one token at a time. */
  async token(): Promise<string> {
    const { takenAtMs, expiresAtMs, access } = this.#tokens;
    const leftMs = expiresAtMs - Date.now();
    if (leftMs > renewShare * (expiresAtMs - takenAtMs)) return access;
    try {
      await this.#renew();
    } catch (error) {
      const isFinal = error instanceof NotSignedIn;
      if (isFinal && leftMs <= 0) this.#end();
      // It is good for a while yet, and the chat asks again.
      if (leftMs <= 0) throw error;
    }
    return this.#tokens.access;
  }

  signIn(): void {
    sessionStorage.removeItem(tokensKey);
    location.reload();
  }

  /** At the provider as well, or the next sign-in would be the same user's, unasked. */
  signOut(): void {
    const { refresh, id } = this.#tokens;
    sessionStorage.removeItem(tokensKey);
    keep(signedOutKey, true);
    void this.#provider.signOutAddress(refresh, id).then(
      (address) => (address === undefined ? location.reload() : location.assign(address)),
      () => location.reload(),
    );
  }

  async #renew(): Promise<void> {
    const { refresh } = this.#tokens;
    if (refresh === undefined || !(await this.#mayRenew)) {
      throw new NotSignedIn("Your sign-in has expired.");
    }
    this.#tokens = await this.#provider.renew(this.#tokens, refresh);
    keep(tokensKey, this.#tokens);
  }

  #end(): void {
    sessionStorage.removeItem(tokensKey);
    this.#ended();
  }
}

/** The provider's endpoints, and what is said to them. It keeps nothing but where they are. */
class ProviderClient {
  readonly #settings: Provider;
  readonly #client: oauth.Client;
  readonly #options;
  #server: oauth.AuthorizationServer | undefined;

  constructor(settings: Provider) {
    this.#settings = settings;
    this.#client = { client_id: settings.clientId };
    const isPlain = settings.issuer.startsWith("http:");
    this.#options = () => ({
      signal: AbortSignal.timeout(answerMs),
      [oauth.allowInsecureRequests]: isPlain,
    });
  }

  async begin() {
    const { authorization_endpoint } = await this.#found();
    if (authorization_endpoint === undefined) {
      throw new NotSignedIn(`${this.#settings.issuer} names no page to sign in at.`);
    }
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
    const verifier = oauth.generateRandomCodeVerifier();
    const { clientId, scope, audience } = this.#settings;
    const address = withParameters(authorization_endpoint, {
      response_type: "code",
      client_id: clientId,
      redirect_uri: redirectUri(),
      scope,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      ...(audience !== undefined && { audience, resource: audience }),
    });
    return { state, nonce, verifier, address };
  }

  /** @throws NotSignedIn when the user, or the provider, has refused */
  async finish(answer: URLSearchParams, { state, nonce, verifier }: Started): Promise<Tokens> {
    const server = await this.#found();
    try {
      const parameters = oauth.validateAuthResponse(server, this.#client, answer, state);
      const response = await oauth.authorizationCodeGrantRequest(
        ...[server, this.#client, oauth.None(), parameters, redirectUri(), verifier],
        this.#options(),
      );
      const taken = await oauth.processAuthorizationCodeResponse(server, this.#client, response, {
        ...{ expectedNonce: nonce, requireIdToken: true },
      });
      const user = oauth.getValidatedIdTokenClaims(taken)?.sub ?? "";
      return tokensOf(taken, { user, id: taken.id_token ?? "" });
    } catch (error) {
      throw refusalOf(error);
    }
  }

  /** @throws NotSignedIn when the provider takes the refresh token no more */
  async renew(tokens: Tokens, refresh: string): Promise<Tokens> {
    const server = await this.#found();
    const response = await oauth.refreshTokenGrantRequest(
      ...[server, this.#client, oauth.None(), refresh],
      this.#options(),
    );
    try {
      const taken = await oauth.processRefreshTokenResponse(server, this.#client, response);
      const { user, id } = tokens;
      return tokensOf(taken, { user, id: taken.id_token ?? id, refresh });
    } catch (error) {
      // Any other answer may be better later.
      if (error instanceof oauth.ResponseBodyError && error.status < 500) throw refusalOf(error);
      throw error;
    }
  }

  /** Undefined when the provider has no such page. */
  async signOutAddress(refresh: string | undefined, id: string): Promise<string | undefined> {
    const server = await this.#found();
    const { end_session_endpoint, revocation_endpoint } = server;
    if (refresh !== undefined && revocation_endpoint !== undefined) {
      const revoking = [server, this.#client, oauth.None(), refresh] as const;
      await oauth.revocationRequest(...revoking, this.#options()).catch(() => {});
    }
    if (end_session_endpoint === undefined) return undefined;
    return withParameters(end_session_endpoint, {
      ...{ client_id: this.#settings.clientId, id_token_hint: id },
      post_logout_redirect_uri: redirectUri(),
    });
  }

  /** @throws NotSignedIn */
  async #found(): Promise<oauth.AuthorizationServer> {
    if (this.#server !== undefined) return this.#server;
    const issuer = new URL(this.#settings.issuer);
    try {
      const response = await oauth.discoveryRequest(issuer, this.#options());
      this.#server = await oauth.processDiscoveryResponse(issuer, response);
      return this.#server;
    } catch (error) {
      const cause = { cause: error };
      throw new Error(`${issuer.host}, which signs users in, cannot be reached.`, cause);
    }
  }
}

/** The page itself, exactly as it is registered at the provider. */
const redirectUri = () => `${location.origin}/`;

function withParameters(endpoint: string, parameters: Record<string, string>): string {
  const address = new URL(endpoint);
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
  return address.href;
}

function tokensOf(
  { access_token, refresh_token, expires_in }: oauth.TokenEndpointResponse,
  known: Pick<Tokens, "user" | "id" | "refresh">,
): Tokens {
  const takenAtMs = Date.now();
  const expiresAtMs = takenAtMs + (expires_in ?? 3600) * 1000;
  return {
    ...known,
    ...{ access: access_token, refresh: refresh_token ?? known.refresh, takenAtMs, expiresAtMs },
  };
}

function refusalOf(error: unknown): Error {
  if (error instanceof oauth.AuthorizationResponseError && error.error === "access_denied") {
    return new NotSignedIn("The sign-in was cancelled.");
  }
  if (
    error instanceof oauth.AuthorizationResponseError ||
    error instanceof oauth.ResponseBodyError
  ) {
    const reason = error.error_description ?? error.error;
    return new NotSignedIn(`The sign-in was refused: ${reason}`);
  }
  return error as Error;
}

function keep(key: string, value: unknown): void {
  sessionStorage.setItem(key, JSON.stringify(value));
}

function read<T>(key: string): T | undefined {
  const text = sessionStorage.getItem(key);
  return text === null ? undefined : (JSON.parse(text) as T);
}

function take<T>(key: string): T | undefined {
  const value = read<T>(key);
  sessionStorage.removeItem(key);
  return value;
}
