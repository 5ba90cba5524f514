/** The page's server of `npm start`, as a browser and as somebody else's page meet it. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { buildPage } from "../../local/page/build.ts";
import { startPage } from "../../local/page/page.ts";
import { freePorts } from "./processes.ts";

const kilobytesMax = 150;

let port: number;
let folder: string;
beforeAll(async () => {
  const http = await freePorts();
  port = http + 4;
  const complaints: string[] = [];
  folder = (await buildPage((line) => complaints.push(line))) ?? "";
  expect(complaints).toEqual([]);
  const ports = { http, websocket: http + 1, lambda: http + 2, dynamodb: http + 3 };
  const stop = await startPage({ ports, pagePort: port }, Promise.resolve(folder));
  afterAll(stop);
});

const ask = (path: string, headers: Record<string, string> = {}, body?: string, at = port) =>
  new Promise<{ status: number; headers: Record<string, unknown>; body: string }>(
    (answered, failed) => {
      const method = body === undefined ? "GET" : "POST";
      const asked = request(
        { port: at, path, headers, method, host: "127.0.0.1" },
        async (response) =>
          answered({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: await text(response),
          }),
      );
      asked.once("error", failed);
      asked.end(body);
    },
  );

const state = "made-up-by-the-page";
const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();

describe("the sign-in for development", () => {
  const own = () => ({ host: `localhost:${port}`, origin: `http://localhost:${port}` });

  it("gives a token of the user, with the state that the page sent", async () => {
    const { status, headers } = await ask("/sign-in", own(), form({ user: "alice", state }));
    expect(status).toBe(303);
    const fragment = new URLSearchParams(String(headers["location"]).replace(/^\/#/, ""));
    expect(fragment.get("state")).toBe(state);
    expect(decodeJwt(fragment.get("token") ?? "")).toMatchObject({ sub: "alice", name: "Alice" });
  });

  it.each<[string, () => Record<string, string>]>([
    ["a foreign page", () => ({ ...own(), origin: "https://evil.example" })],
    ["a page without a name", () => ({ ...own(), origin: "null" })],
    ["a page that does not say whose it is", () => ({ host: own().host })],
    ["another local page", () => ({ ...own(), origin: `http://localhost:${port - 4}` })],
    [
      "a page whose name points to this machine",
      () => ({ host: `evil.example:${port}`, origin: `http://evil.example:${port}` }),
    ],
  ])("gives no token to %s", async (_, headers) => {
    const refused = await ask("/sign-in", headers(), form({ user: "alice", state }));
    expect(refused.status).toBe(403);
    expect(refused.headers["location"]).toBeUndefined();
  });

  it("gives no token without a state, so that no link signs anybody in", async () => {
    const { headers } = await ask("/sign-in", own(), form({ user: "alice", state: "" }));
    expect(headers["location"]).toBe("/");
  });

  it("says what a user may be called, and repeats nothing of what was typed", async () => {
    const { status, body } = await ask("/sign-in", own(), form({ name: "Zoë <b>", state }));
    expect(status).toBe(400);
    expect(body).toContain(
      "Choose another name; it must be a user: 1–255 printable ASCII characters",
    );
    expect(body).not.toContain("Zo");
    expect((await ask('/sign-in?state="><script>')).body).not.toContain("<script");
  });
});

describe("the page's server", () => {
  it("lets the page run and reach nothing but itself and the service", async () => {
    for (const path of ["/", "/sign-in", "/config.json", "/nothing"]) {
      const { headers } = await ask(path, { host: `localhost:${port}` });
      expect(headers["content-security-policy"]).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
          `connect-src 'self' ws://localhost:${port - 3}; form-action 'self'; ` +
          "frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'",
      );
    }
  });

  it("waits for no build, and names a list of gateways and who chooses from it", async () => {
    const http = await freePorts();
    const gatewaysFile = join(mkdtempSync(join(tmpdir(), "parley-page-")), "gateways.json");
    const url = "wss://one.example/dev";
    writeFileSync(
      gatewaysFile,
      JSON.stringify([{ name: "one", url, endpoint: "http://localhost:3001" }]),
    );
    const ports = { http, websocket: http + 1, lambda: http + 2, dynamodb: http + 3 };
    const settings = { ports, pagePort: http + 4, gatewaysFile };
    const stop = await startPage(settings, new Promise(() => {}));
    onTestFinished(stop);
    const own = { host: `localhost:${http + 4}` };
    const { body, headers } = await ask("/config.json", own, undefined, http + 4);
    expect(JSON.parse(body).gateways).toEqual([`http://localhost:${http}`]);
    expect(headers["content-security-policy"]).toContain(
      `connect-src 'self' http://localhost:${http} ${url};`,
    );
  });

  it("answers only to names of this machine", async () => {
    for (const host of ["evil.example", "localhost.evil.example", ""]) {
      expect((await ask("/", { host: `${host}:${port}` })).status).toBe(403);
    }
    for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
      expect((await ask("/", { host: `${host}:${port}` })).status).toBe(200);
    }
  });

  it("serves no file outside the build", async () => {
    for (const path of ["/../package.json", "/assets/../../package.json", "/assets/%2e%2e/x.js"]) {
      expect((await ask(path)).status).toBe(404);
    }
  });
});

describe("the built page", () => {
  it(`loads at most ${kilobytesMax} KB of JavaScript, gzipped`, () => {
    const scripts = readdirSync(`${folder}/assets`).filter((name) => name.endsWith(".js"));
    const bytes = scripts.map((name) => gzipSync(readFileSync(`${folder}/assets/${name}`)).length);
    expect(bytes.length).toBeGreaterThan(0);
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(kilobytesMax * 1000);
  });

  it("has nothing inline, which its policy would refuse", () => {
    const html = readFileSync(`${folder}/index.html`, "utf8");
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/);
  });
});
