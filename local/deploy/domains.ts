/**
 * What a stage's file says of the two APIs' own names. API Gateway does not map a WebSocket API and
 * an HTTP API to one name. The generated endpoints stay: functions push through them for every
 * client, also for those that connected to a name.
 */
import type { CompiledTemplate } from "./compiledTemplate.ts";

type Resources = CompiledTemplate["Resources"];
type Outputs = NonNullable<CompiledTemplate["Outputs"]>;

/** Of a stage's file (stageFile.ts). */
interface Settings {
  REGION: string;
  WEBSOCKET_DOMAIN?: string | undefined;
  HTTP_DOMAIN?: string | undefined;
  DOMAIN_CERTIFICATE?: string | undefined;
}

export const domainForm = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/;

/** @throws TypeError that names the setting */
export function assertDomains(settings: Settings): void {
  const { REGION, WEBSOCKET_DOMAIN, HTTP_DOMAIN, DOMAIN_CERTIFICATE: certificate } = settings;
  const names = { WEBSOCKET_DOMAIN, HTTP_DOMAIN };
  const given = Object.entries(names).filter(([, name]) => name !== undefined);
  if (given.length > 0 !== (certificate !== undefined)) {
    throw new TypeError("a domain and DOMAIN_CERTIFICATE go together; one is missing");
  }
  const wrong = given.find(([, name = ""]) => !domainForm.test(name));
  if (wrong) throw new TypeError(`${wrong[0]} must be a name: chat.example.com`);
  if (given.length === 2 && WEBSOCKET_DOMAIN === HTTP_DOMAIN) {
    throw new TypeError("WEBSOCKET_DOMAIN and HTTP_DOMAIN must be two names");
  }
  if (certificate && !certificate.match(`^arn:aws[\\w-]*:acm:${REGION}:\\d{12}:certificate/`)) {
    throw new TypeError(`DOMAIN_CERTIFICATE must be the ARN of a certificate in ${REGION}`);
  }
}

/** What clients connect to. Undefined where the stage has no domain for sockets. */
export function socketUrl({ WEBSOCKET_DOMAIN }: Partial<Settings>): string | undefined {
  return WEBSOCKET_DOMAIN && `wss://${WEBSOCKET_DOMAIN}`;
}

/** Where the HTTP API is. Undefined where the stage has no domain for it. */
export function httpUrl({ HTTP_DOMAIN }: Settings): string | undefined {
  return HTTP_DOMAIN && `https://${HTTP_DOMAIN}`;
}

export function domainResources(settings: Settings): Resources {
  const { WEBSOCKET_DOMAIN, HTTP_DOMAIN, DOMAIN_CERTIFICATE: certificate } = settings;
  return {
    ...(WEBSOCKET_DOMAIN && {
      WebSocketDomain: domain(WEBSOCKET_DOMAIN, certificate),
      WebSocketMapping: mapping("WebSocketDomain", "WebsocketsApi", "WebsocketsDeploymentStage"),
    }),
    ...(HTTP_DOMAIN && {
      HttpDomain: domain(HTTP_DOMAIN, certificate),
      HttpMapping: mapping("HttpDomain", "HttpApi", "HttpApiStage"),
    }),
  };
}

/** A `…DomainTarget` is what DNS points the name at. */
export function domainOutputs(settings: Settings): Outputs {
  const url = httpUrl(settings);
  return {
    ...(settings.WEBSOCKET_DOMAIN && { WebSocketDomainTarget: target("WebSocketDomain") }),
    ...(url && { HttpDomainTarget: target("HttpDomain"), HttpUrl: { Value: url } }),
  };
}

function domain(DomainName: string, CertificateArn: string | undefined) {
  const configuration = { CertificateArn, EndpointType: "REGIONAL", SecurityPolicy: "TLS_1_2" };
  return {
    Type: "AWS::ApiGatewayV2::DomainName",
    Properties: { DomainName, DomainNameConfigurations: [configuration] },
  };
}

function mapping(name: string, api: string, stage: string) {
  return {
    Type: "AWS::ApiGatewayV2::ApiMapping",
    Properties: { ApiId: { Ref: api }, Stage: { Ref: stage }, DomainName: { Ref: name } },
  };
}

const target = (name: string) => ({ Value: { "Fn::GetAtt": [name, "RegionalDomainName"] } });
