/**
 * The chat page as it is deployed, with an OpenID Connect provider (`oidc-provider`) on a port of
 * its own. The provider signs access tokens as the service under test expects them, with the
 * development secret.
 */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair } from "jose";
import Provider from "oidc-provider";
import { developmentSecret } from "../../lib/identity/developmentSecret.ts";
import { buildPage } from "../../local/page/build.ts";
import { pageFile } from "../../local/page/files.ts";
import { securityHeaders } from "../../local/page/securityHeaders.ts";
import type { Endpoints } from "../support/endpoints.ts";

export interface OidcPage {
  pageUrl: string;
  issuer: string;
  /** How often the provider has given tokens for a refresh token. */
  renewals(): number;
  stop(): void;
}

const clientId = "parley-page";
const audience = "https://chat.example";

export async function startOidcPage(service: Endpoints): Promise<OidcPage> {
  const complaints: string[] = [];
  const folder = await buildPage((line) => complaints.push(line));
  if (folder === undefined) throw new Error(complaints.join());
  let answer: RequestListener = (_, response) => response.end();
  const provider = await listening((request, response) => answer(request, response));
  const issuer = provider.url;
  const config = {
    gateways: [service.httpUrl],
    signIn: { issuer, clientId, scope: "openid profile chat", audience },
  };
  const headers = securityHeaders([service.httpUrl, service.websocketUrl, issuer]);
  const page = await listening(async ({ url = "/" }, response) => {
    const { pathname } = new URL(url, "http://localhost");
    const isConfig = pathname === "/config.json";
    const { status, type, body } = isConfig
      ? { status: 200, type: "application/json", body: JSON.stringify(config) }
      : await pageFile(folder, pathname);
    response.writeHead(status, { ...headers, "content-type": type ?? "text/plain" }).end(body);
  });
  const { callback, renewals } = await oidcProvider(issuer, `${page.url}/`);
  answer = callback;
  return {
    pageUrl: page.url,
    issuer,
    renewals,
    stop() {
      page.stop();
      provider.stop();
    },
  };
}

async function oidcProvider(issuer: string, redirectUri: string) {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const key = new TextEncoder().encode(developmentSecret);
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: "ES256", use: "sig" }] },
    clients: [
      {
        client_id: clientId,
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        redirect_uris: [redirectUri],
        post_logout_redirect_uris: [redirectUri],
        id_token_signed_response_alg: "ES256",
      },
    ],
    clientBasedCORS: () => true,
    cookies: { keys: ["a key of tests"] },
    // An hour, as most providers give; the service refuses what lives longer than a month.
    ttl: { AccessToken: 3600, IdToken: 3600, RefreshToken: 86_400, Grant: 86_400, Session: 86_400 },
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    features: {
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: async () => true,
        getResourceServerInfo: async () => ({
          scope: "chat",
          audience,
          accessTokenFormat: "jwt" as const,
          jwt: { sign: { alg: "HS256" as const, key: Buffer.from(key) } },
        }),
      },
    },
  });
  let count = 0;
  provider.on("grant.success", ({ oidc }) => {
    if (oidc.params?.["grant_type"] === "refresh_token") count += 1;
  });
  return { callback: provider.callback(), renewals: () => count };
}

async function listening(answer: RequestListener) {
  const server = createServer(answer);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://localhost:${port}`, stop };
}
