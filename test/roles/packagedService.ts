/**
 * The compiled template as the faithful gateway reads a service: functions with the handlers,
 * time-outs and environment that would be deployed, the routes of both APIs, CORS, and the stream.
 * Nothing is read from serverless.yml.
 */
import type { PackagedService } from "../../local/emulator/gateway/gateway.ts";
import type {
  Cors,
  FunctionDefinition,
  Route,
  ServiceFile,
} from "../../local/emulator/gateway/serviceFile.ts";
import { eventSources } from "../../local/emulator/streams/eventSource.ts";
import type { Packaged } from "../package/packaged.ts";
import { deployedPrefix, localText } from "./localNames.ts";

type Properties = Record<string, unknown>;

/** What of a package is needed to run it. */
export type Runnable = Pick<Packaged, "resources" | "ofType"> & {
  bundle(functionName: string): Promise<{ path: string }>;
};

/** A last hand on what settings say. */
export type Settle = (setting: string, name: string) => string;

/** `execPath`: the Node that functions run on. */
export async function packagedService(
  packaged: Runnable,
  execPath: string,
  settle: Settle,
): Promise<PackagedService> {
  const functions = functionsOf(packaged, settle);
  const files = new Map<string, string>();
  for (const name of functions.keys()) files.set(name, (await packaged.bundle(name)).path);
  const fileOf = (name: string) => files.get(name) ?? "";
  return {
    execPath,
    bundles: { fileOf },
    service: {
      folder: "",
      functions,
      ...apisOf(packaged),
      eventSources: eventSources(streamsOf(packaged)),
      esbuild: {},
    },
  };
}

function functionsOf(
  { resources, ofType }: Runnable,
  settle: Settle,
): Map<string, FunctionDefinition> {
  const all = Object.values(ofType("AWS::Lambda::Function")).map(({ Properties: made }) => {
    const deployedName = String(made["FunctionName"]);
    const name = deployedName.replace(deployedPrefix, "");
    const { Variables } = made["Environment"] as { Variables: Record<string, string> };
    const settings = Object.entries(Variables).map(([setting, value]): [string, string] => [
      setting,
      settle(localText(value, resources), setting),
    ]);
    const [module = "", exportName = ""] = String(made["Handler"]).split(".");
    const definition: FunctionDefinition = {
      name,
      deployedName,
      module,
      exportName,
      environment: Object.fromEntries(settings),
      timeoutMs: Number(made["Timeout"]) * 1_000,
      memoryMb: Number(made["MemorySize"]),
      asyncRetries: 2,
      // Roles are enforced before calls get here.
      mayManage: new Set(["POST", "GET", "DELETE"]),
      mayInvoke: () => true,
    };
    return [name, definition] as const;
  });
  return new Map(all);
}

function apisOf(
  packaged: Runnable,
): Omit<ServiceFile, "folder" | "functions" | "eventSources" | "esbuild"> {
  const { resources, ofType } = packaged;
  const routes = Object.values(ofType("AWS::ApiGatewayV2::Route")).map(({ Properties }) => {
    const { ApiId, RouteKey, Target, RouteResponseSelectionExpression: answer } = Properties;
    const integration = String(Target).replace(/^integrations\/<(\w+)>$/, "$1");
    const functionName = functionIn(packaged, resources[integration]?.Properties["IntegrationUri"]);
    return { ApiId, key: String(RouteKey), functionName, isAnswered: answer !== undefined };
  });
  const of = (api: string) => routes.filter(({ ApiId }) => ApiId === api);
  const [authorizer] = Object.values(ofType("AWS::ApiGatewayV2::Authorizer"));
  const { RouteSelectionExpression } = resources["WebsocketsApi"]?.Properties ?? {};
  const cors = corsOf(resources["HttpApi"]?.Properties["CorsConfiguration"]);
  return {
    routes: new Map(of("<WebsocketsApi>").map((route): [string, Route] => [route.key, route])),
    httpRoutes: new Map(of("<HttpApi>").map(({ key, functionName }) => [key, functionName])),
    selection: String(RouteSelectionExpression).replace("$request.body.", "").split("."),
    ...(cors && { cors }),
    ...(authorizer && {
      authorizer: {
        functionName: functionIn(packaged, authorizer.Properties["AuthorizerUri"]),
        identitySources: authorizer.Properties["IdentitySource"] as string[],
      },
    }),
  };
}

/** The function whose ARN is somewhere in an integration's or authorizer's URI. */
function functionIn({ resources }: Runnable, uri: unknown): string {
  const id = /<(\w+LambdaFunction)\.Arn>/.exec(String(uri))?.[1];
  const name = resources[id ?? ""]?.Properties["FunctionName"];
  if (name === undefined) throw new Error(`${uri} is no function's`);
  return String(name).replace(deployedPrefix, "");
}

function corsOf(configured: unknown): Cors | undefined {
  if (configured === undefined) return undefined;
  const { AllowOrigins, AllowMethods, AllowHeaders, ExposeHeaders, MaxAge } = Object(configured);
  return {
    allowedOrigins: AllowOrigins,
    allowedMethods: AllowMethods,
    allowedHeaders: AllowHeaders,
    exposedResponseHeaders: ExposeHeaders,
    maxAge: MaxAge,
  };
}

/** As `stream` events of serverless.yml, which local streams read. */
function streamsOf(packaged: Runnable): [string, { events: { stream: unknown }[] }][] {
  const mappings = Object.values(packaged.ofType("AWS::Lambda::EventSourceMapping"));
  return mappings.map(({ Properties: made }) => {
    const stream = {
      type: "dynamodb",
      arn: String(made["EventSourceArn"]).replace(/^<(.*)>$/, "$1"),
      startingPosition: made["StartingPosition"],
      batchSize: made["BatchSize"],
      parallelizationFactor: made["ParallelizationFactor"],
      maximumRetryAttempts: made["MaximumRetryAttempts"],
      maximumRecordAgeInSeconds: made["MaximumRecordAgeInSeconds"],
      bisectBatchOnFunctionError: made["BisectBatchOnFunctionError"],
      functionResponseType: (made["FunctionResponseTypes"] as string[] | undefined)?.[0],
      filterPatterns: filtersOf(made),
    };
    return [functionIn(packaged, made["FunctionName"]), { events: [{ stream }] }];
  });
}

function filtersOf({ FilterCriteria }: Properties): unknown[] {
  const filters: { Pattern: string }[] = Object(FilterCriteria).Filters ?? [];
  return filters.map(({ Pattern }) => JSON.parse(Pattern));
}
