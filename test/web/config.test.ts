/** `/config.json` of the chat page: what it may say, and how a mistake in it is named. */
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../web/src/config.ts";

const provider = { issuer: "https://login.example/", clientId: "page" };
const service = { gateways: ["https://api.example"] };
const config = { ...service, signIn: provider };

describe("the page's configuration", () => {
  it("names the service, and who signs in", () => {
    expect(parseConfig(config, false)).toEqual({
      service,
      signIn: { ...provider, scope: "openid profile" },
    });
    const own = { url: "wss://chat.example", signIn: "/sign-in" };
    expect(parseConfig(own, false)).toEqual({
      service: { url: "wss://chat.example" },
      signIn: "/sign-in",
    });
  });

  it("may name places without encryption only on a page that came without it", () => {
    const plain = { url: "ws://192.168.1.7:3001", signIn: "/sign-in" };
    expect(parseConfig(plain, true)).toMatchObject({ service: { url: plain.url } });
    expect(() => parseConfig(plain, false)).toThrow("url must be a wss:// URL");
  });

  it.each<[string, unknown, string]>([
    ["no object", [], "it must be an object"],
    ["an unknown field", { ...config, token: "x" }, "it has an unknown field, token"],
    ["no service", { signIn: provider }, "it needs either url or gateways"],
    ["two services", { ...config, url: "wss://x.example" }, "it needs either url or gateways"],
    ["no gateway", { ...config, gateways: [] }, "gateways must be a list of URLs"],
    ["a gateway's socket", { ...config, gateways: ["wss://x.example"] }, "must be a https:// URL"],
    ["no sign-in", service, "signIn must be an object"],
    ["another origin's path", { ...config, signIn: "//evil.example" }, "signIn must be a path"],
    ["a script", { ...config, signIn: "javascript:alert(1)" }, "signIn must be a path"],
    ["no issuer", { ...config, signIn: { clientId: "x" } }, "signIn.issuer must be a text"],
    [
      "an unknown field of the provider",
      { ...config, signIn: { ...provider, clientSecret: "x" } },
      "signIn has an unknown field, clientSecret",
    ],
    [
      "a scope without openid",
      { ...config, signIn: { ...provider, scope: "profile" } },
      "signIn.scope must have openid in it",
    ],
    [
      "an empty audience",
      { ...config, signIn: { ...provider, audience: " " } },
      "signIn.audience must be a text",
    ],
  ])("is refused with %s", (_, value, reason) => {
    expect(() => parseConfig(value, false)).toThrow(reason);
  });
});
