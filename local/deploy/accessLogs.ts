/**
 * The resources of `ACCESS_LOGS`: a log group for the HTTP API, and with `all` one for the
 * WebSocket API. A line has no path and no query string: a room's name may be in the one, and a
 * token in the other. API Gateway's execution logs, which hold texts and tokens, stay off.
 */
import type { CompiledTemplate } from "./compiledTemplate.ts";
import type { StageSettings } from "./stageFile.ts";

type Resources = CompiledTemplate["Resources"];

const common = {
  at: "$context.requestTimeEpoch",
  requestId: "$context.requestId",
  ip: "$context.identity.sourceIp",
  route: "$context.routeKey",
  status: "$context.status",
};
const ofHttp = {
  ...common,
  ms: "$context.responseLatency",
  bytes: "$context.responseLength",
};
const ofSockets = { ...common, connectionId: "$context.connectionId" };

export const accessLogFormats = { ofHttp: formatOf(ofHttp), ofSockets: formatOf(ofSockets) };

interface Additions {
  resources: Resources;
  /** What the APIs' generated stages get, by their ids. */
  stages: Record<string, { AccessLogSettings: object }>;
}

/** `service` has its stage behind it, as `parley-prod`. */
export function accessLogs(
  choice: StageSettings["ACCESS_LOGS"],
  service: string,
  days: number,
): Additions {
  if (choice === undefined) return { resources: {}, stages: {} };
  const http = logOf("HttpAccessLog", `${service}-http`, accessLogFormats.ofHttp, days);
  const sockets = logOf("SocketAccessLog", `${service}-sockets`, accessLogFormats.ofSockets, days);
  const isAll = choice === "all";
  return {
    resources: { ...http.resources, ...(isAll && sockets.resources) },
    stages: {
      HttpApiStage: http.settings,
      ...(isAll && { WebsocketsDeploymentStage: sockets.settings }),
    },
  };
}

function logOf(id: string, name: string, Format: string, RetentionInDays: number) {
  // With this beginning, each stage does not take more room in the account's one policy for logs.
  const Properties = { LogGroupName: `/aws/vendedlogs/${name}`, RetentionInDays };
  const DestinationArn = { "Fn::GetAtt": [id, "Arn"] };
  return {
    resources: { [id]: { Type: "AWS::Logs::LogGroup", Properties } },
    settings: { AccessLogSettings: { DestinationArn, Format } },
  };
}

/** Text for all: a value that is missing comes as `-`, which is no number. */
function formatOf(fields: Record<string, string>): string {
  return JSON.stringify(fields);
}
