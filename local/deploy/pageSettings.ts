/** What `WEB=on` takes: the chat page's place on AWS, and how it signs in (docs/deploy.md). */

export interface PageSettings {
  issuer: string;
  clientId: string;
  scope: string;
  audience?: string;
  /** Where else than at the issuer the page asks for tokens. */
  tokenOrigin?: string;
  /** A name of the operator's, with its certificate. */
  domain?: { name: string; certificate: string };
}

type Environment = Readonly<Record<string, string | undefined>>;

const certificateForm = /^arn:aws[\w-]*:acm:us-east-1:\d{12}:certificate\/[\w-]+$/;
const domainForm = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/;

/** Undefined when there is to be no page. @throws TypeError that names the setting */
export function parsePageSettings(env: Environment): PageSettings | undefined {
  const setting = (name: string) => env[name]?.trim() || undefined;
  const web = setting("WEB") ?? "off";
  if (web !== "on" && web !== "off")
    throw new TypeError(`WEB is "${web}", and may be "on" or "off"`);
  if (web === "off") {
    const idle = Object.keys(env).find((name) => name.startsWith("WEB_") && setting(name));
    if (idle !== undefined) throw new TypeError(`${idle} says nothing without WEB=on`);
    return undefined;
  }
  const issuer = setting("AUTH_ISSUER");
  const clientId = setting("WEB_CLIENT_ID");
  if (issuer === undefined) throw new TypeError("WEB=on needs AUTH_ISSUER, where users sign in");
  if (clientId === undefined) throw new TypeError("WEB=on needs WEB_CLIENT_ID");
  const scope = setting("WEB_SCOPE") ?? "openid profile";
  if (!scope.split(" ").includes("openid")) throw new TypeError("WEB_SCOPE must have openid in it");
  const audience = setting("WEB_AUDIENCE");
  const domain = domainOf(setting("WEB_DOMAIN"), setting("WEB_CERTIFICATE"));
  const tokenOrigin = setting("WEB_TOKEN_ORIGIN");
  if (tokenOrigin !== undefined && originOf(tokenOrigin) !== tokenOrigin) {
    throw new TypeError("WEB_TOKEN_ORIGIN must be an origin such as https://login.example.com");
  }
  for (const [name, value = ""] of Object.entries({ WEB_CLIENT_ID: clientId, scope, audience })) {
    // CloudFormation would take it for a variable of its own.
    if (value.includes("${")) throw new TypeError(`${name} must not have \${ in it`);
  }
  return {
    ...{ issuer, clientId, scope },
    ...(audience !== undefined && { audience }),
    ...(tokenOrigin !== undefined && { tokenOrigin }),
    ...(domain !== undefined && { domain }),
  };
}

export function originOf(url: string): string | undefined {
  return URL.canParse(url) && url.startsWith("https://") ? new URL(url).origin : undefined;
}

function domainOf(name: string | undefined, certificate: string | undefined) {
  if (name === undefined && certificate === undefined) return undefined;
  if (name === undefined || certificate === undefined) {
    throw new TypeError("WEB_DOMAIN and WEB_CERTIFICATE go together; one is missing");
  }
  if (!domainForm.test(name)) throw new TypeError("WEB_DOMAIN must be a name: chat.example.com");
  if (!certificateForm.test(certificate)) {
    throw new TypeError("WEB_CERTIFICATE must be the ARN of a certificate in us-east-1");
  }
  return { name, certificate };
}
