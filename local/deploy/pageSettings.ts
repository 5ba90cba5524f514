/** What `WEB: true` takes: the chat page's place on AWS, and how it signs in (docs/deploy.md). */
import { domainForm } from "./domains.ts";

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

/** Of a stage's file (stageFile.ts). */
type Settings = { WEB?: boolean | undefined } & {
  [Name in (typeof names)[number]]?: string | undefined;
};

const names = [
  ...(["AUTH_ISSUER", "WEB_CLIENT_ID", "WEB_SCOPE", "WEB_AUDIENCE"] as const),
  ...(["WEB_TOKEN_ORIGIN", "WEB_DOMAIN", "WEB_CERTIFICATE"] as const),
];

const certificateForm = /^arn:aws[\w-]*:acm:us-east-1:\d{12}:certificate\/[\w-]+$/;

/** Undefined when there is to be no page. @throws TypeError that names the setting */
export function parsePageSettings(settings: Settings): PageSettings | undefined {
  if (!settings.WEB) {
    const idle = names.find((name) => name.startsWith("WEB_") && settings[name] !== undefined);
    if (idle !== undefined) throw new TypeError(`${idle} says nothing without WEB: true`);
    return undefined;
  }
  const { AUTH_ISSUER: issuer, WEB_CLIENT_ID: clientId, WEB_AUDIENCE: audience } = settings;
  if (issuer === undefined) throw new TypeError("WEB needs AUTH_ISSUER, where users sign in");
  if (clientId === undefined) throw new TypeError("WEB needs WEB_CLIENT_ID");
  const scope = settings.WEB_SCOPE ?? "openid profile";
  if (!scope.split(" ").includes("openid")) throw new TypeError("WEB_SCOPE must have openid in it");
  const domain = domainOf(settings.WEB_DOMAIN, settings.WEB_CERTIFICATE);
  const tokenOrigin = settings.WEB_TOKEN_ORIGIN;
  if (tokenOrigin !== undefined && originOf(tokenOrigin) !== tokenOrigin) {
    throw new TypeError("WEB_TOKEN_ORIGIN must be an origin such as https://login.example.com");
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
