/** `npm run deploy-web`: what it uploads, in which order, and what it says of the page then. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkPage, type PageFile, uploadPage } from "../../local/operate/deployPage.ts";

const issuer = "https://issuer.example/pool/";
const config = JSON.stringify({ gateways: ["https://api.example"], signIn: { issuer } });

function built(): string {
  const folder = mkdtempSync(join(tmpdir(), "parley-page-"));
  mkdirSync(join(folder, "assets"));
  for (const name of ["assets/index-1.js", "assets/index-2.css", "icon.svg", "index.html"]) {
    writeFileSync(join(folder, name), name);
  }
  return folder;
}

describe("the upload of the chat page", () => {
  it("puts what the page names before the page, cached for ever only under a hash", async () => {
    const files: PageFile[] = [];
    const put = async (file: PageFile) => void files.push(file);
    expect(await uploadPage(built(), config, { put })).toBe(5);
    const forEver = "public, max-age=31536000, immutable";
    expect(files.map(({ key, type, cache }) => [key, type, cache])).toEqual([
      ["assets/index-1.js", "text/javascript; charset=utf-8", forEver],
      ["assets/index-2.css", "text/css; charset=utf-8", forEver],
      ["icon.svg", "image/svg+xml", "no-cache"],
      ["config.json", "application/json", "no-cache"],
      ["index.html", "text/html; charset=utf-8", "no-cache"],
    ]);
    expect(files[3]?.body).toBe(config);
  });

  it("leaves the page as it was when a file before it cannot be put", async () => {
    const keys: string[] = [];
    const put = async ({ key }: PageFile) => {
      keys.push(key);
      if (key === "config.json") throw new Error("no such bucket");
    };
    await expect(uploadPage(built(), config, { put })).rejects.toThrow("no such bucket");
    expect(keys).not.toContain("index.html");
  });
});

describe("the check of the uploaded page", () => {
  const web =
    (connect: string, token_endpoint: string, status = 200) =>
    async (url: string) => {
      const headers = { "content-security-policy": `default-src 'none'; connect-src ${connect}` };
      if (url === "https://page.example/") return new Response("", { status, headers });
      if (url !== "https://issuer.example/pool/.well-known/openid-configuration") {
        return new Response("", { status: 404 });
      }
      return Response.json({ token_endpoint });
    };
  const check = (fetch: ReturnType<typeof web>) =>
    checkPage("https://page.example", config, { fetch });

  it("passes when the page may reach the place of the tokens", async () => {
    await check(web("'self' https://issuer.example", "https://issuer.example/token"));
  });

  it("names the setting that is missing when tokens come from another origin", async () => {
    const cognito = web("'self' https://issuer.example", "https://login.example/oauth2/token");
    await expect(check(cognito)).rejects.toThrow("set WEB_TOKEN_ORIGIN: https://login.example");
  });

  it("fails when the page is not served", async () => {
    await expect(check(web("", "", 403))).rejects.toThrow("it answers 403");
  });
});
