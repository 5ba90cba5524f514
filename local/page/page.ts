/**
 * Serves the chat page of `npm start`, with a sign-in for development. Everybody who has the page's
 * address may be any user, so only browsers that reached it by one of our own names are answered:
 * another site's page, and a domain that was made to point to this machine, get no token.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { readGatewaysFile } from "../gatewaysFile.ts";
import { hostsFor, listenAt, loopbacks } from "../listeners.ts";
import type { LocalSettings } from "../settings.ts";
import { pageFile } from "./files.ts";
import { securityHeaders } from "./securityHeaders.ts";
import { type Answer, signIn } from "./signIn.ts";

/**
 * `folder` is where the built page lies, or undefined when it could not be built. Returns how to
 * stop it.
 */
export async function startPage(
  settings: Pick<LocalSettings, "ports" | "pagePort" | "host" | "gatewaysFile">,
  folder: Promise<string | undefined>,
): Promise<() => void> {
  const { pagePort, host } = settings;
  if (pagePort === undefined) return () => {};
  const ownNames = new Set(["localhost", ...loopbacks, ...hostsFor(host)]);
  const server = createServer((request, response) => {
    const name = hostname(request);
    if (name === undefined || !ownNames.has(unbracketed(name))) {
      return send(response, { status: 403, body: "unknown host" });
    }
    const answered = async () => {
      const service = await serviceAt(name, settings);
      const headers = securityHeaders(service.urls);
      for (const [header, value] of Object.entries(headers)) response.setHeader(header, value);
      return answer(request, service.config, folder);
    };
    answered().then(
      (given) => send(response, given),
      () => send(response, { status: 400, body: "bad request" }),
    );
  });
  await new Promise<void>((listening) => server.listen(pagePort, "127.0.0.1", listening));
  await Promise.all(["::1", ...hostsFor(host)].map((at) => listenAt(server, at, pagePort)));
  return () => void server.close();
}

/**
 * What the page is told of the service, and all that it may connect to. The file of gateways is
 * read anew each time, as its operator may write another one while this runs.
 */
async function serviceAt(
  name: string,
  { ports, gatewaysFile }: Pick<LocalSettings, "ports" | "gatewaysFile">,
) {
  if (gatewaysFile === undefined) {
    const url = `ws://${name}:${ports.websocket}`;
    return { config: { url }, urls: [url] };
  }
  const httpUrl = `http://${name}:${ports.http}`;
  const gateways = await readGatewaysFile(gatewaysFile);
  return { config: { gateways: [httpUrl] }, urls: [httpUrl, ...gateways.map(({ url }) => url)] };
}

async function answer(
  request: IncomingMessage,
  config: object,
  folder: Promise<string | undefined>,
): Promise<Answer> {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  if (pathname.startsWith("/sign-in")) return signIn(request);
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { status: 405, body: "only GET is allowed here" };
  }
  if (pathname === "/config.json") {
    return {
      status: 200,
      type: "application/json",
      body: JSON.stringify({ ...config, signIn: "/sign-in" }),
    };
  }
  return pageFile(await folder, pathname);
}

function send(response: ServerResponse, { status, body, type, headers }: Answer): void {
  response.writeHead(status, {
    "content-type": type ?? "text/plain; charset=utf-8",
    "cache-control": "no-store",
    ...headers,
  });
  response.end(response.req.method === "HEAD" ? undefined : body);
}

/** As the browser names this machine, without the port. */
function hostname({ headers }: IncomingMessage): string | undefined {
  const host = `http://${headers.host}`;
  return URL.canParse(host) ? new URL(host).hostname : undefined;
}

function unbracketed(name: string): string {
  return name.replace(/^\[(.*)\]$/, "$1");
}
