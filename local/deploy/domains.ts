/**
 * What a stage's file says of the two APIs' own names. API Gateway does not map a WebSocket API and
 * an HTTP API to one name. The generated endpoints stay: functions push through them for every
 * client, also for those that connected to a name.
 */
import type { CompiledTemplate } from "./compiledTemplate.ts";

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

/** The outputs' `…DomainTarget` is what DNS points a name at. */
export function domainParts(
  settings: Settings,
): Required<Pick<CompiledTemplate, "Resources" | "Outputs">> {
  const parts = [
    ...partsOf("WebSocket", settings.WEBSOCKET_DOMAIN, settings, {
      ApiId: { Ref: "WebsocketsApi" },
      Stage: { Ref: "WebsocketsDeploymentStage" },
    }),
    ...partsOf("Http", settings.HTTP_DOMAIN, settings, {
      ApiId: { Ref: "HttpApi" },
      Stage: { Ref: "HttpApiStage" },
    }),
  ];
  return {
    Resources: Object.assign({}, ...parts.map(({ resources }) => resources)),
    Outputs: Object.assign({}, ...parts.map(({ outputs }) => outputs)),
  };
}

function partsOf(
  name: string,
  domain: string | undefined,
  { DOMAIN_CERTIFICATE: CertificateArn }: Settings,
  api: { ApiId: object; Stage: object },
) {
  if (domain === undefined) return [];
  const configuration = { CertificateArn, EndpointType: "REGIONAL", SecurityPolicy: "TLS_1_2" };
  const target = { "Fn::GetAtt": [`${name}Domain`, "RegionalDomainName"] };
  return [
    {
      resources: {
        [`${name}Domain`]: {
          Type: "AWS::ApiGatewayV2::DomainName",
          Properties: { DomainName: domain, DomainNameConfigurations: [configuration] },
        },
        [`${name}Mapping`]: {
          Type: "AWS::ApiGatewayV2::ApiMapping",
          Properties: { ...api, DomainName: { Ref: `${name}Domain` } },
        },
      },
      outputs: {
        [`${name}DomainTarget`]: { Value: target },
        ...(name === "Http" && { HttpUrl: { Value: `https://${domain}` } }),
      },
    },
  ];
}
