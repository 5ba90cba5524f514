/**
 * The packaged template, broken in one place each, and who has to notice. A reader that notices
 * nothing alone would have to go.
 */
import type { CompiledTemplate } from "../../local/deploy/compiledTemplate.ts";

export type Reader = "validator" | "cfn-lint" | "own";

export interface Mutant {
  fault: string;
  breaks(template: CompiledTemplate): void;
  noticedBy: Reader[];
}

// biome-ignore lint/suspicious/noExplicitAny: any place of a template can be broken.
type Loose = any;
const resource = (template: CompiledTemplate, id: string): Loose => template.Resources[id];
const properties = (template: CompiledTemplate, id: string) => resource(template, id).Properties;
const lambda = (template: CompiledTemplate, name: string) =>
  properties(template, `${name}LambdaFunction`);
const statements = (template: CompiledTemplate, name: string) =>
  properties(template, `${name}Role`).Policies[0].PolicyDocument.Statement;
const mapping = "FanOutEventSourceMappingDynamodbRooms";

/** What the mutants below break. */
const broken = [
  ...["SendLambdaFunction", "SendRole", "SendLogGroup", "SendLambdaPermissionWebsockets"],
  ...["ConnectRole", "FanOutLambdaFunction", mapping, "Rooms", "HttpApiStage"],
];

/**
 * What the mutants break, and all that it refers to: a reader takes a quarter of the time for it.
 * A mutant of anything else throws.
 */
export function brokenPart({ Resources, Conditions = {} }: CompiledTemplate): CompiledTemplate {
  const kept: CompiledTemplate["Resources"] = {};
  const keep = (id: string) => {
    const found = Resources[id];
    if (found === undefined || kept[id] !== undefined) return;
    kept[id] = structuredClone(found);
    for (const other of namesIn(found)) keep(other);
  };
  for (const id of broken) keep(id);
  const used = namesIn([kept, Object.values(Conditions)]);
  return {
    Resources: kept,
    Conditions: Object.fromEntries(Object.entries(Conditions).filter(([name]) => used.has(name))),
  };
}

/** Every word in it, so at least each name that it refers to. */
function namesIn(value: unknown): Set<string> {
  return new Set(JSON.stringify(value).match(/\w+/g));
}

const both: Reader[] = ["validator", "cfn-lint"];

export const mutants: Mutant[] = [
  {
    fault: "a property is misspelt",
    breaks: (t) => Object.assign(lambda(t, "Send"), { TimeOut: 25 }),
    noticedBy: both,
  },
  {
    fault: "a reference leads nowhere",
    breaks: (t) => Object.assign(lambda(t, "FanOut").Environment.Variables, { X: { Ref: "No" } }),
    noticedBy: both,
  },
  {
    fault: "two resources wait for each other",
    breaks: (t) => Object.assign(resource(t, "SendRole"), { DependsOn: ["SendLambdaFunction"] }),
    noticedBy: both,
  },
  {
    fault: "a function's variable has a name that Lambda keeps for itself",
    breaks: (t) => Object.assign(lambda(t, "Send").Environment.Variables, { AWS_REGION: "x" }),
    noticedBy: both,
  },
  {
    fault: "a key's attribute is not defined",
    breaks: (t) => properties(t, "Rooms").AttributeDefinitions.pop(),
    noticedBy: both,
  },
  {
    fault: "a stream starts at a place that there is not",
    breaks: (t) => Object.assign(properties(t, mapping), { StartingPosition: "NOW" }),
    noticedBy: both,
  },
  {
    fault: "a stream shows a view that there is not",
    breaks: (t) =>
      Object.assign(properties(t, "Rooms").StreamSpecification, { StreamViewType: "NEW" }),
    noticedBy: ["validator"],
  },
  {
    fault: "a role allows an action that there is not",
    breaks: (t) => Object.assign(statements(t, "Connect")[1], { Action: "dynamodb:PutItems" }),
    noticedBy: ["cfn-lint"],
  },
  {
    fault: "a function may take longer than Lambda lets it",
    breaks: (t) => Object.assign(lambda(t, "FanOut"), { Timeout: 1000 }),
    noticedBy: ["cfn-lint", "own"],
  },
  {
    fault: "a table's key is of a kind that there is not",
    breaks: (t) => Object.assign(properties(t, "Rooms").KeySchema[0], { KeyType: "HASHED" }),
    noticedBy: ["cfn-lint"],
  },
  {
    fault: "a function outlives the gateway that waits for it",
    breaks: (t) => Object.assign(lambda(t, "Send"), { Timeout: 31 }),
    noticedBy: ["own"],
  },
  {
    fault: "a function has the role of another",
    breaks: (t) =>
      Object.assign(lambda(t, "Send"), { Role: { "Fn::GetAtt": ["HttpRole", "Arn"] } }),
    noticedBy: ["own"],
  },
  {
    fault: "a function may not write its log",
    breaks: (t) => statements(t, "Send").shift(),
    noticedBy: ["own"],
  },
  {
    fault: "a log is kept for ever",
    breaks: (t) => Reflect.deleteProperty(properties(t, "SendLogGroup"), "RetentionInDays"),
    noticedBy: ["own"],
  },
  {
    fault: "a function's variables are more than Lambda takes",
    breaks: (t) =>
      Object.assign(lambda(t, "Send").Environment.Variables, { WIDE: "x".repeat(4_096) }),
    noticedBy: ["cfn-lint", "own"],
  },
  {
    fault: "any API of any account may invoke a function",
    breaks: (t) =>
      Reflect.deleteProperty(properties(t, "SendLambdaPermissionWebsockets"), "SourceArn"),
    noticedBy: ["own"],
  },
  {
    fault: "a throttle is for a route that there is not",
    breaks: (t) =>
      Object.assign(properties(t, "HttpApiStage").RouteSettings, {
        "GET /healthy": { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 },
      }),
    noticedBy: ["own"],
  },
  {
    fault: "a route's throttle is none",
    breaks: (t) =>
      Object.assign(properties(t, "HttpApiStage").RouteSettings.$default, {
        ThrottlingRateLimit: 0,
      }),
    noticedBy: ["own"],
  },
  {
    fault: "the Rooms table can be deleted",
    breaks: (t) => Reflect.deleteProperty(properties(t, "Rooms"), "DeletionProtectionEnabled"),
    noticedBy: ["own"],
  },
  {
    fault: "records are too old for another try before the first is over",
    breaks: (t) => Object.assign(properties(t, mapping), { MaximumRecordAgeInSeconds: 60 }),
    noticedBy: ["own"],
  },
  {
    fault: "a mapping starts nowhere",
    breaks: (t) => Reflect.deleteProperty(properties(t, mapping), "StartingPosition"),
    noticedBy: ["cfn-lint", "own"],
  },
];
