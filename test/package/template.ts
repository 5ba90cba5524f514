/**
 * What the CloudFormation must say of the two APIs, the tables and the functions. Whole values are
 * compared wherever possible: what is not written here must not be in the template either.
 */
import { expect, it } from "vitest";
import { cors, httpRoutes } from "../../lib/protocol/httpRoutes.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { Resource } from "../../local/deploy/compiledTemplate.ts";
import { apiFunctionNames, functionNames, logicalName, postingFunctions } from "./functions.ts";
import type { Packaged } from "./packaged.ts";

const arn = "arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<WebsocketsApi>";

export function describeApis(packaged: () => Packaged): void {
  it("has the WebSocket routes $connect, $disconnect, send and $default", () => {
    expect(packaged().resources["WebsocketsApi"]?.Properties).toMatchObject({
      ProtocolType: "WEBSOCKET",
      RouteSelectionExpression: "$request.body.action",
    });
    expect(routesOf(packaged(), "<WebsocketsApi>")).toEqual({
      $connect: "connect, CUSTOM <AuthorizeWebsocketsAuthorizer>",
      $disconnect: "disconnect, NONE",
      send: "send, NONE",
      $default: "default, NONE, response $default",
    });
  });

  it("authorizes with the authorize function, wherever the token is", () => {
    const authorizers = Object.values(packaged().ofType("AWS::ApiGatewayV2::Authorizer"));
    expect(authorizers.map((authorizer) => authorizer.Properties)).toEqual([
      {
        ApiId: "<WebsocketsApi>",
        Name: "authorize",
        AuthorizerType: "REQUEST",
        AuthorizerUri: expect.stringContaining("/<AuthorizeLambdaFunction.Arn>/invocations"),
        IdentitySource: [],
      },
    ]);
  });

  it("answers by returning on $default only", () => {
    const responses = Object.values(packaged().ofType("AWS::ApiGatewayV2::RouteResponse"));
    expect(responses.map((response) => response.Properties)).toEqual([
      {
        ApiId: "<WebsocketsApi>",
        RouteId: "<SdefaultWebsocketsRoute>",
        RouteResponseKey: "$default",
      },
    ]);
  });

  it("has the HTTP routes, all verified by the handler itself", () => {
    const routes = routesOf(packaged(), "<HttpApi>");
    expect(Object.keys(routes).sort()).toEqual(["$default", ...Object.keys(httpRoutes)].sort());
    expect(routes).toEqual({
      "POST /rooms/{room}/messages": "http",
      "GET /rooms/{room}/events": "http",
      "GET /rooms/{room}/online": "http",
      "POST /users/{user}/notices": "http",
      "POST /actions/{action}": "http",
      "GET /gateway": "http",
      "GET /health": "http",
      $default: "http",
    });
    expect(packaged().resources["HttpApi"]?.Properties["CorsConfiguration"]).toEqual({
      AllowOrigins: ["*"],
      AllowMethods: cors.methods,
      AllowHeaders: cors.headers,
      ExposeHeaders: cors.exposedHeaders,
      MaxAge: cors.maxAgeSeconds,
    });
  });

  it("throttles both stages", () => {
    const stages = Object.values(packaged().ofType("AWS::ApiGatewayV2::Stage"));
    expect(stages.map((stage) => stage.Properties["DefaultRouteSettings"])).toEqual([
      { ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 1000 },
      { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 500, DetailedMetricsEnabled: false },
    ]);
  });

  it("lets only its own APIs invoke a function, each by its own route", () => {
    const permissions = Object.values(packaged().ofType("AWS::Lambda::Permission"));
    const sources = permissions.map(({ Properties: { FunctionName, SourceArn } }) => [
      FunctionName,
      SourceArn,
    ]);
    expect(Object.fromEntries(sources)).toEqual({
      "<AuthorizeLambdaFunction.Arn>": `${arn}/authorizers/<AuthorizeWebsocketsAuthorizer>`,
      "<ConnectLambdaFunction.Arn>": `${arn}/dev/$connect`,
      "<DisconnectLambdaFunction.Arn>": `${arn}/dev/$disconnect`,
      "<SendLambdaFunction.Arn>": `${arn}/dev/send`,
      "<DefaultLambdaFunction.Arn>": `${arn}/dev/$default`,
      "<HttpLambdaFunction.Arn>": arn.replace("WebsocketsApi", "HttpApi").concat("/*"),
    });
    expect(sources).toHaveLength(apiFunctionNames.length);
  });
}

export function describeTables(packaged: () => Packaged): void {
  const keys = {
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "sk", AttributeType: "S" },
    ],
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
  };

  it("lets connections expire, and keeps no copy of them", () => {
    expect(packaged().resources["Connections"]).toEqual({
      Type: "AWS::DynamoDB::Table",
      Properties: {
        ...keys,
        AttributeDefinitions: [
          ...keys.AttributeDefinitions,
          { AttributeName: "gatewayPart", AttributeType: "S" },
          { AttributeName: "expiresAt", AttributeType: "N" },
        ],
        TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
        GlobalSecondaryIndexes: [
          {
            IndexName: "gateways",
            KeySchema: [
              { AttributeName: "gatewayPart", KeyType: "HASH" },
              { AttributeName: "expiresAt", KeyType: "RANGE" },
            ],
            Projection: { ProjectionType: "KEYS_ONLY" },
          },
        ],
      },
    });
  });

  it("keeps the rooms: recoverable, protected, retained, under a name of their own", () => {
    expect(packaged().resources["Rooms"]).toEqual({
      Type: "AWS::DynamoDB::Table",
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: {
        ...keys,
        AttributeDefinitions: [
          ...keys.AttributeDefinitions,
          { AttributeName: "memberOf", AttributeType: "S" },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: "members",
            KeySchema: [
              { AttributeName: "memberOf", KeyType: "HASH" },
              { AttributeName: "pk", KeyType: "RANGE" },
            ],
            Projection: { ProjectionType: "KEYS_ONLY" },
          },
        ],
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: {
          PointInTimeRecoveryEnabled: true,
          RecoveryPeriodInDays: 35,
        },
        StreamSpecification: { StreamViewType: "NEW_IMAGE" },
      },
    });
  });

  it("has no other table", () => {
    expect(Object.keys(packaged().ofType("AWS::DynamoDB::Table"))).toEqual([
      "Connections",
      "Rooms",
    ]);
  });

  it("tells where the service is and what its tables are called", () => {
    expect(packaged().outputs).toMatchObject({
      WebSocketUrl: {
        Value: "wss://<WebsocketsApi>.execute-api.<AWS::Region>.<AWS::URLSuffix>/dev",
      },
      HttpUrl: { Value: "<HttpApi.ApiEndpoint>" },
      ConnectionsTable: { Value: "<Connections>" },
      RoomsTable: { Value: "<Rooms>" },
    });
  });
}

export function describeFunctions(packaged: () => Packaged): void {
  it("has exactly the known functions", () => {
    expect(Object.keys(packaged().ofType("AWS::Lambda::Function"))).toEqual(
      functionNames.map((name) => `${logicalName(name)}LambdaFunction`),
    );
  });

  it.each(
    functionNames,
  )("runs %s on arm64 and a current Node, and keeps its log 30 days", (name) => {
    const { resources } = packaged();
    const found = resources[`${logicalName(name)}LambdaFunction`]?.Properties ?? {};
    expect(found).toMatchObject({
      FunctionName: `parley-dev-${name}`,
      Handler: `handlers/${name}.handler`,
      Architectures: ["arm64"],
      Runtime: "nodejs24.x",
      Environment: { Variables: { NODE_OPTIONS: "--enable-source-maps" } },
    });
    expect(resources[`${logicalName(name)}LogGroup`]?.Properties).toEqual({
      LogGroupName: `/aws/lambda/parley-dev-${name}`,
      RetentionInDays: 30,
    });
  });

  it.each(apiFunctionNames)("ends %s itself, before the gateway gives up on it", (name) => {
    const found = packaged().resources[`${logicalName(name)}LambdaFunction`]?.Properties;
    const timeoutMs = 1_000 * Number(found?.["Timeout"]);
    expect(timeoutMs).toBeLessThan(29_000);
    // A publish at its limit still leaves time for what comes before and after it.
    const workMs = postingFunctions.includes(name) ? limits.publishMs + limits.tableRequestMs : 0;
    expect(timeoutMs).toBeGreaterThan(workMs);
  });
}

/** By route key: the function it reaches, its authorization, and its response if it has one. */
function routesOf({ resources, ofType }: Packaged, api: string): Record<string, string> {
  const routes = Object.values(ofType("AWS::ApiGatewayV2::Route")).filter(
    (route) => route.Properties["ApiId"] === api,
  );
  return Object.fromEntries(
    routes.map(({ Properties: route }) => {
      const response = route["RouteResponseSelectionExpression"];
      const words = [
        functionBehind(resources, String(route["Target"])),
        [route["AuthorizationType"], route["AuthorizerId"]].filter(Boolean).join(" "),
        response === undefined ? "" : `response ${response}`,
      ];
      return [route["RouteKey"], words.filter(Boolean).join(", ")];
    }),
  );
}

function functionBehind(resources: Record<string, Resource>, target: string): string {
  const integration = target.replace(/^integrations\/<(\w+)>$/, "$1");
  const uri = String(resources[integration]?.Properties["IntegrationUri"]);
  return (/<(\w+)LambdaFunction\.Arn>/.exec(uri)?.[1] ?? "none").toLowerCase();
}
