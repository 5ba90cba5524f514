/**
 * The resources of `WEB: true`: a bucket that only its CloudFront distribution may read, and the
 * headers that the page is sent with, which are those of `npm start`. The plugin adds them to the
 * template; `npm run deploy-web` fills the bucket.
 */
import { securityHeaders } from "../page/securityHeaders.ts";
import type { CompiledTemplate } from "./compiledTemplate.ts";
import { originOf, type PageSettings } from "./pageSettings.ts";

type Resources = CompiledTemplate["Resources"];
type Outputs = NonNullable<CompiledTemplate["Outputs"]>;

/** AWS's own cache policy, `CachingOptimized`: as long as a file says, a second at least. */
const cacheAsFilesSay = "658327ea-f89d-4fab-a63d-7e88639e58f6";
const yearsTwoSeconds = 63_072_000;

const ownHttp = `https://\${HttpApi}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}`;
const ownSockets = ownHttp.replace("https:", "wss:").replace("HttpApi", "WebsocketsApi");

/**
 * `sockets`: URLs of other gateways that `GET /gateway` may name, or of a domain for this one.
 * `http`: the HTTP API's domain.
 */
export function pageResources(
  settings: PageSettings,
  sockets: readonly string[],
  http = ownHttp,
): Resources {
  return {
    PageBucket: {
      Type: "AWS::S3::Bucket",
      // A bucket with files in it cannot be deleted, and removing a stack would stop there.
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: {
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
      },
    },
    PageBucketPolicy: {
      Type: "AWS::S3::BucketPolicy",
      Properties: { Bucket: { Ref: "PageBucket" }, PolicyDocument: readByDistribution() },
    },
    PageAccess: {
      Type: "AWS::CloudFront::OriginAccessControl",
      Properties: {
        OriginAccessControlConfig: {
          Name: named("page"),
          OriginAccessControlOriginType: "s3",
          SigningBehavior: "always",
          SigningProtocol: "sigv4",
        },
      },
    },
    PageHeaders: {
      Type: "AWS::CloudFront::ResponseHeadersPolicy",
      Properties: {
        ResponseHeadersPolicyConfig: {
          Name: named("page"),
          ...headersOf(settings, [http, ...sockets]),
        },
      },
    },
    PageDistribution: {
      Type: "AWS::CloudFront::Distribution",
      Properties: { DistributionConfig: distribution(settings) },
    },
  };
}

export function pageOutputs(settings: PageSettings, http = ownHttp): Outputs {
  const { issuer, clientId, scope, audience } = settings;
  const signIn = { issuer, clientId, scope, ...(audience !== undefined && { audience }) };
  const ownName = { "Fn::GetAtt": ["PageDistribution", "DomainName"] };
  const name = settings.domain?.name ?? ownName;
  const config = JSON.stringify({ gateways: [http], signIn });
  return {
    PageUrl: { Value: { "Fn::Join": ["", ["https://", name]] } },
    PageBucket: { Value: { Ref: "PageBucket" } },
    // What `npm run deploy-web` puts beside the page, so that it fits what is deployed.
    PageConfig: { Value: { "Fn::Sub": config } },
  };
}

/** Both are names of the account, whatever the region. */
const named = (part: string) => ({ "Fn::Sub": `\${AWS::StackName}-\${AWS::Region}-${part}` });

function distribution({ domain }: PageSettings) {
  return {
    Enabled: true,
    Comment: { "Fn::Sub": `The chat page of \${AWS::StackName}` },
    DefaultRootObject: "index.html",
    HttpVersion: "http2and3",
    IPV6Enabled: true,
    Origins: [
      {
        Id: "page",
        DomainName: { "Fn::GetAtt": ["PageBucket", "RegionalDomainName"] },
        OriginAccessControlId: { "Fn::GetAtt": ["PageAccess", "Id"] },
        // Empty: CloudFront signs with the access control, and wants to see this all the same.
        S3OriginConfig: { OriginAccessIdentity: "" },
      },
    ],
    DefaultCacheBehavior: {
      TargetOriginId: "page",
      ViewerProtocolPolicy: "redirect-to-https",
      AllowedMethods: ["GET", "HEAD"],
      CachePolicyId: cacheAsFilesSay,
      ResponseHeadersPolicyId: { Ref: "PageHeaders" },
      Compress: true,
    },
    ...(domain !== undefined && {
      Aliases: [domain.name],
      ViewerCertificate: {
        AcmCertificateArn: domain.certificate,
        MinimumProtocolVersion: "TLSv1.2_2021",
        SslSupportMethod: "sni-only",
      },
    }),
  };
}

function headersOf(settings: PageSettings, origins: readonly string[]) {
  const signIn = [settings.issuer, settings.tokenOrigin].map((url = "") => originOf(url));
  const reached = [...origins, ownSockets, ...signIn];
  const known = reached.filter((origin) => origin !== undefined);
  const {
    "content-security-policy": policy = "",
    "x-content-type-options": _,
    "referrer-policy": referrer,
    ...others
  } = securityHeaders([...new Set(known)]);
  return {
    SecurityHeadersConfig: {
      ContentSecurityPolicy: { ContentSecurityPolicy: { "Fn::Sub": policy }, Override: true },
      ContentTypeOptions: { Override: true },
      ReferrerPolicy: { ReferrerPolicy: referrer, Override: true },
      StrictTransportSecurity: { AccessControlMaxAgeSec: yearsTwoSeconds, Override: true },
    },
    CustomHeadersConfig: {
      Items: Object.entries(others).map(([Header, Value]) => ({ Header, Value, Override: true })),
    },
  };
}

function readByDistribution() {
  const all = { "Fn::Sub": `\${PageBucket.Arn}/*` };
  const account = `arn:\${AWS::Partition}:cloudfront::\${AWS::AccountId}`;
  const from = `${account}:distribution/\${PageDistribution}`;
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "cloudfront.amazonaws.com" },
        Action: "s3:GetObject",
        Resource: all,
        Condition: { StringEquals: { "AWS:SourceArn": { "Fn::Sub": from } } },
      },
      {
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [{ "Fn::GetAtt": ["PageBucket", "Arn"] }, all],
        Condition: { Bool: { "aws:SecureTransport": false } },
      },
    ],
  };
}
