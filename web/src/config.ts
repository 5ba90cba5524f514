/**
 * `/config.json`, the one file that differs from one deployment of the page to another. People
 * write it too, so it is read strictly, and a mistake in it is named on the screen.
 */

export interface Config {
  /** Of the WebSocket API, or the HTTP APIs that say which one. */
  service: { url: string } | { gateways: string[] };
  /** A path of this origin that signs in for development, or an OpenID Connect provider. */
  signIn: string | Provider;
}

/** An OpenID Connect provider, which knows this page as a public client. */
export interface Provider {
  issuer: string;
  clientId: string;
  /** Separated by spaces; `openid` among them. */
  scope: string;
  /** Of the service's tokens, for a provider that has to be asked for it. */
  audience?: string;
}

type Fields = Record<string, unknown>;

/**
 * `isPlain`: the page itself came without encryption, as on a developer's machine; then the service
 * and the provider may, too.
 *
 * @throws TypeError that names the field which is wrong
 */
export function parseConfig(value: unknown, isPlain: boolean): Config {
  const fields = fieldsOf(value, "it", ["url", "gateways", "signIn"]);
  return { service: serviceOf(fields, isPlain), signIn: signInOf(fields["signIn"], isPlain) };
}

function serviceOf({ url, gateways }: Fields, isPlain: boolean): Config["service"] {
  if ((url === undefined) === (gateways === undefined)) {
    throw new TypeError("it needs either url or gateways");
  }
  if (url !== undefined) return { url: urlOf(url, "url", "wss", isPlain) };
  if (!Array.isArray(gateways) || gateways.length === 0) {
    throw new TypeError("gateways must be a list of URLs");
  }
  return { gateways: gateways.map((one) => urlOf(one, "gateways", "https", isPlain)) };
}

function signInOf(value: unknown, isPlain: boolean): Config["signIn"] {
  // A path of this origin, and nothing that a browser would take for another's address.
  if (typeof value === "string") {
    if (/^\/[\w-]+$/.test(value)) return value;
    throw new TypeError("signIn must be a path such as /sign-in, or a provider");
  }
  const known = ["issuer", "clientId", "scope", "audience"];
  const { issuer, clientId, scope = "openid profile", audience } = fieldsOf(value, "signIn", known);
  const provider = {
    issuer: urlOf(issuer, "signIn.issuer", "https", isPlain),
    clientId: textOf(clientId, "signIn.clientId"),
    scope: textOf(scope, "signIn.scope"),
  };
  if (!provider.scope.split(" ").includes("openid")) {
    throw new TypeError("signIn.scope must have openid in it");
  }
  if (audience === undefined) return provider;
  return { ...provider, audience: textOf(audience, "signIn.audience") };
}

function fieldsOf(value: unknown, name: string, known: readonly string[]): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`${name} must be an object`);
  }
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new TypeError(`${name} has an unknown field, ${unknown}; known are ${known.join(", ")}`);
  }
  return value as Fields;
}

function textOf(value: unknown, name: string): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  throw new TypeError(`${name} must be a text`);
}

function urlOf(value: unknown, name: string, protocol: "wss" | "https", isPlain: boolean): string {
  const text = textOf(value, name);
  const found = URL.canParse(text) ? new URL(text).protocol : "";
  if (found === `${protocol}:`) return text;
  if (isPlain && found === (protocol === "wss" ? "ws:" : "http:")) return text;
  throw new TypeError(`${name} must be a ${protocol}:// URL`);
}
