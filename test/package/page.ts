/** What `WEB: true` adds to a package, and that it takes nothing away. */
import { expect, it } from "vitest";
import { refusalOfLosingPage } from "../../local/deploy/checkDeployment.ts";
import { parsePageSettings } from "../../local/deploy/pageSettings.ts";
import { securityHeaders } from "../../local/page/securityHeaders.ts";
import { type Packaged, required } from "./packaged.ts";
import { withoutCode } from "./signals.ts";

export const pageSettings = {
  WEB: true,
  WEB_CLIENT_ID: "page",
  WEB_TOKEN_ORIGIN: "https://login.example",
};

const isAdded = ([id]: [string, unknown]) => id.startsWith("Page");

export function describePage(packaged: () => Packaged, withPage: () => Packaged): void {
  const configOf = (id: string, key: string) =>
    Object(withPage().resources[id]?.Properties[key]) as Record<string, unknown>;

  it("adds a bucket, a distribution and what joins them, and changes nothing else", () => {
    const rest = (each: Packaged) =>
      Object.entries(each.resources).filter((entry) => !isAdded(entry));
    const added = withoutCode(Object.fromEntries(rest(withPage())));
    expect(added).toEqual(withoutCode(packaged().resources));
    expect(Object.keys(packaged().outputs).filter((id) => id.startsWith("Page"))).toEqual([]);
    const outputs = Object.entries(withPage().outputs).filter((entry) => !isAdded(entry));
    expect(Object.fromEntries(outputs)).toEqual(packaged().outputs);
  });

  it("lets nobody but its distribution read the bucket of the page, and only over TLS", () => {
    expect(Object.values(configOf("PageBucket", "PublicAccessBlockConfiguration"))).toEqual([
      ...[true, true, true, true],
    ]);
    const { Statement } = configOf("PageBucketPolicy", "PolicyDocument");
    const from = expect.stringMatching(/:distribution\/<PageDistribution>$/);
    expect(Statement).toMatchObject([
      {
        ...{ Effect: "Allow", Principal: { Service: "cloudfront.amazonaws.com" } },
        ...{ Action: "s3:GetObject", Resource: "<PageBucket.Arn>/*" },
        Condition: { StringEquals: { "AWS:SourceArn": from } },
      },
      { Effect: "Deny", Principal: "*", Condition: { Bool: { "aws:SecureTransport": false } } },
    ]);
    const { DefaultCacheBehavior } = configOf("PageDistribution", "DistributionConfig");
    expect(DefaultCacheBehavior).toMatchObject({ ViewerProtocolPolicy: "redirect-to-https" });
  });

  it("sends the page with the headers of npm start, and lets it reach service and sign-in", () => {
    const { SecurityHeadersConfig: safe, CustomHeadersConfig: others } = Object(
      configOf("PageHeaders", "ResponseHeadersPolicyConfig"),
    );
    const host = (api: string) => `<${api}>.execute-api.<AWS::Region>.<AWS::URLSuffix>`;
    const expected = securityHeaders([
      `https://${host("HttpApi")}`,
      `wss://${host("WebsocketsApi")}`,
      ...["https://issuer.example", "https://login.example"],
    ]);
    const sent = {
      "content-security-policy": safe.ContentSecurityPolicy.ContentSecurityPolicy,
      "referrer-policy": safe.ReferrerPolicy.ReferrerPolicy,
      "x-content-type-options": safe.ContentTypeOptions.Override ? "nosniff" : "",
      ...Object.fromEntries(
        others.Items.map((one: { Header: string; Value: string }) => [one.Header, one.Value]),
      ),
    };
    expect(sent).toEqual(expected);
    expect(safe.StrictTransportSecurity.AccessControlMaxAgeSec).toBeGreaterThan(31_000_000);
  });

  it("tells the page the provider that the service takes tokens from", () => {
    const { PageConfig, PageUrl } = withPage().outputs;
    expect(JSON.parse(String(PageConfig?.Value)).signIn).toEqual({
      ...{ issuer: required.AUTH_ISSUER, clientId: "page", scope: "openid profile" },
    });
    expect(PageUrl?.Value).toBe("https://<PageDistribution.DomainName>");
  });

  it("is refused without the page that is deployed, unless that is given up", () => {
    const deployed = { PageUrl: "https://d1.cloudfront.net" };
    const without = packaged().template;
    expect(refusalOfLosingPage(deployed, without, [])).toContain(
      "it would delete the chat page https://d1.cloudfront.net: set WEB: true",
    );
    expect(refusalOfLosingPage(deployed, without, ["d1.cloudfront.net"])).toBeUndefined();
    expect(refusalOfLosingPage(deployed, withPage().template, [])).toBeUndefined();
    expect(refusalOfLosingPage({}, without, [])).toBeUndefined();
  });

  it.each<[string, Parameters<typeof parsePageSettings>[0], string]>([
    ["the page is off and has a client", { WEB: false }, "says nothing without WEB: true"],
    ["nobody signs users in", { AUTH_ISSUER: undefined }, "WEB needs AUTH_ISSUER"],
    ["the page is no client", { WEB_CLIENT_ID: undefined }, "WEB needs WEB_CLIENT_ID"],
    ["a scope lacks openid", { WEB_SCOPE: "profile" }, "WEB_SCOPE must have openid in it"],
    ["an origin has a path", { WEB_TOKEN_ORIGIN: "https://a.example/b" }, "must be an origin"],
    ["a domain has no certificate", { WEB_DOMAIN: "a.example" }, "go together"],
    [
      "a certificate is of another region",
      {
        WEB_DOMAIN: "a.example",
        WEB_CERTIFICATE: "arn:aws:acm:eu-west-1:123456789012:certificate/1-2",
      },
      "WEB_CERTIFICATE must be the ARN of a certificate in us-east-1",
    ],
  ])("is refused when %s", (_, settings, reason) => {
    expect(() => parsePageSettings({ ...required, ...pageSettings, ...settings })).toThrow(reason);
  });
}
