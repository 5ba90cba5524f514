/**
 * What is wrong with a template, as far as one reader can tell: our own rules, for what spans
 * resources and no validator knows; AWS's validator from npm; and cfn-lint, where it is installed.
 * A problem is a line that names its rule and its resource.
 */
import { spawn, spawnSync } from "node:child_process";
import { text } from "node:stream/consumers";
import { RegoEngine, TemplateFile } from "@aws/cloudformation-validate";
import {
  type CompiledTemplate,
  madeOf,
  type Resource,
} from "../../local/deploy/compiledTemplate.ts";

/** Of AWS, whose HTTP APIs wait 30 s and WebSocket APIs 29 s. */
const gatewaySeconds = 29;
const policyCharactersMax = 10_240;
const environmentBytesMax = 4_096;
const accountRequestsPerSecond = 10_000;

export function ownProblems(template: CompiledTemplate): string[] {
  const { resources } = madeOf(template);
  const of = (type: string) =>
    Object.entries(resources).filter(([, { Type }]) => Type === `AWS::${type}`);
  return [
    ...of("Lambda::Function").flatMap(([id, found]) => problemsOfFunction(id, found, resources)),
    ...of("Lambda::Permission").flatMap(([id, { Properties }]) => [
      ...(Properties["SourceArn"] === undefined ? [`any API may invoke: ${id}`] : []),
      ...(Properties["Principal"] === "apigateway.amazonaws.com" &&
      timeoutOf(Properties["FunctionName"], resources) >= gatewaySeconds
        ? [`outlives its gateway: ${Properties["FunctionName"]}`]
        : []),
    ]),
    ...of("Lambda::EventSourceMapping").flatMap(([id, found]) =>
      problemsOfMapping(id, found, resources),
    ),
    ...of("ApiGatewayV2::Stage").flatMap(([id, found]) => problemsOfStage(id, found, resources)),
    ...of("DynamoDB::Table")
      .filter(([, { Properties }]) => Properties["StreamSpecification"] !== undefined)
      .filter(([, table]) => !isKept(table))
      .map(([id]) => `holds what must last, and is not kept: ${id}`),
  ];
}

function problemsOfFunction(id: string, found: Resource, all: Record<string, Resource>): string[] {
  const { FunctionName, Role, Environment } = found.Properties;
  const { Variables } = Environment as { Variables: Record<string, string> };
  const role = all[id.replace("LambdaFunction", "Role")];
  const logGroup = id.replace("LambdaFunction", "LogGroup");
  const { LogGroupName, RetentionInDays } = all[logGroup]?.Properties ?? {};
  const policies = JSON.stringify(role?.Properties["Policies"] ?? "");
  const mayLog = ["logs:CreateLogStream", "logs:PutLogEvents"].every((action) =>
    statementsOf(role).some(
      ({ Action, Resource: on }) => [Action].flat().includes(action) && on === `<${logGroup}.Arn>`,
    ),
  );
  const bytes = Buffer.byteLength(Object.entries(Variables).flat().join(""));
  return [
    ...(Role === `<${id.replace("LambdaFunction", "Role")}.Arn>` ? [] : [`no own role: ${id}`]),
    ...(mayLog ? [] : [`may not log: ${id}`]),
    ...(LogGroupName === `/aws/lambda/${FunctionName}` ? [] : [`no own log: ${id}`]),
    ...(RetentionInDays === undefined ? [`its log is kept for ever: ${id}`] : []),
    ...(policies.length > policyCharactersMax ? [`too long a policy: ${id}`] : []),
    ...(bytes > environmentBytesMax ? [`too large an environment: ${id}`] : []),
  ];
}

/** A batch must be over while its records may still be tried again. */
function problemsOfMapping(id: string, found: Resource, all: Record<string, Resource>): string[] {
  const { FunctionName, MaximumRecordAgeInSeconds, StartingPosition } = found.Properties;
  const source = /^<(\w+)\.StreamArn>$/.exec(String(found.Properties["EventSourceArn"]))?.[1];
  const hasStream = source === undefined || all[source]?.Properties["StreamSpecification"];
  const seconds = timeoutOf(FunctionName, all);
  return [
    ...(hasStream ? [] : [`reads a table without a stream: ${id}`]),
    ...(StartingPosition === undefined ? [`starts nowhere: ${id}`] : []),
    ...(Number(MaximumRecordAgeInSeconds) >= seconds ? [] : [`ages before its time-out: ${id}`]),
  ];
}

function problemsOfStage(id: string, found: Resource, all: Record<string, Resource>): string[] {
  const { ApiId, DefaultRouteSettings, RouteSettings } = found.Properties;
  const routes = Object.values(all)
    .filter(({ Type, Properties }) => Type.endsWith("V2::Route") && Properties["ApiId"] === ApiId)
    .map(({ Properties }) => String(Properties["RouteKey"]));
  const throttles: Record<string, Record<string, number>> = {
    default: Object(DefaultRouteSettings),
    ...Object(RouteSettings),
  };
  return Object.entries(throttles).flatMap(([route, settings]) => {
    const rates = ["ThrottlingRateLimit", "ThrottlingBurstLimit"].map((key) =>
      Number(settings[key]),
    );
    const areThrottles = rates.every((rate) => rate > 0 && rate < accountRequestsPerSecond);
    return [
      ...(areThrottles ? [] : [`no throttle: ${id} ${route}`]),
      ...(route === "default" || routes.includes(route) ? [] : [`no such route: ${id} ${route}`]),
    ];
  });
}

function isKept({ DeletionPolicy, UpdateReplacePolicy, Properties }: Resource): boolean {
  const recovery = Object(Properties["PointInTimeRecoverySpecification"]);
  return (
    DeletionPolicy === "Retain" &&
    UpdateReplacePolicy === "Retain" &&
    Properties["DeletionProtectionEnabled"] === true &&
    recovery.PointInTimeRecoveryEnabled === true
  );
}

function timeoutOf(functionArn: unknown, all: Record<string, Resource>): number {
  const id = /^<(\w+)\.Arn>$/.exec(String(functionArn))?.[1] ?? "";
  return Number(all[id]?.Properties["Timeout"]);
}

function statementsOf(role: Resource | undefined) {
  const policies = (role?.Properties["Policies"] ?? []) as {
    PolicyDocument: { Statement: { Action: string | string[]; Resource: unknown }[] };
  }[];
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

/**
 * Warnings that are no matter here: of conditions that a package has settled, and of references in
 * the branch that a condition rules out (W1001, W1028, W2503, W8003; joined.ts looks for those that
 * lead nowhere); of dependencies that osls writes although they follow from the rest (W3005,
 * W9053); and of `!Sub` where a setting has no variable in it (W1020).
 */
const ignored = /^(W1001 (ConnectionsTable|RoomsTable)$|(W1020|W1028|W2503|W3005|W8003|W9053) )/;

/** By the package's first engine: its other one misses variables that Lambda keeps for itself. */
export function validatorProblems(files: readonly string[]): string[][] {
  const engine = new RegoEngine();
  try {
    return files.map((path) =>
      engine
        .validateStandard(new TemplateFile(path))
        .diagnostics.filter(({ severity }) => ["WARN", "ERROR", "FATAL"].includes(severity))
        .map(({ ruleId, entity }) => `${ruleId} ${entity?.logicalId}`)
        .filter((problem) => !ignored.test(problem)),
    );
  } finally {
    engine.free();
  }
}

/** It is a program of Python's. */
export const hasCfnLint = spawnSync("cfn-lint", ["--version"]).status === 0;

/** One run for all files: starting it takes longer than reading a template. */
export async function cfnLintProblems(files: readonly string[]): Promise<string[][]> {
  const linting = spawn("cfn-lint", ["--format", "json", ...files]);
  const found: Finding[] = JSON.parse(await text(linting.stdout));
  return files.map((file) =>
    found
      .filter(({ Filename }) => Filename === file)
      .map(({ Rule, Location }) => `${Rule.Id} ${Location.Path?.[1]}`)
      .filter((problem) => !ignored.test(problem)),
  );
}

interface Finding {
  Filename: string;
  Rule: { Id: string };
  Location: { Path?: unknown[] };
}
