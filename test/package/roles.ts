/**
 * Each function may make the calls in calls.ts and no other. Policies are compared as lines of
 * "action on resource", so that how statements are grouped does not matter, and nothing can hide in
 * a second policy or a managed one.
 */
import { expect, it } from "vitest";
import { calls, functionNames, logicalName } from "./calls.ts";
import type { Packaged } from "./packaged.ts";

/** The gateway's own API, and no other that the account may have. */
const own = "arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<WebsocketsApi>/dev";

export function describeRoles(packaged: () => Packaged): void {
  it("has no role but one for each function", () => {
    expect(Object.keys(packaged().ofType("AWS::IAM::Role"))).toEqual(
      functionNames.map((name) => `${logicalName(name)}Role`),
    );
    expect(Object.keys(packaged().ofType("AWS::IAM::ManagedPolicy"))).toEqual([]);
    expect(Object.keys(packaged().ofType("AWS::IAM::Policy"))).toEqual([]);
  });

  it.each(functionNames)("lets %s make exactly its own calls", (name) => {
    const { resources } = packaged();
    const deployed = resources[`${logicalName(name)}LambdaFunction`]?.Properties;
    expect(deployed?.["Role"]).toBe(`<${logicalName(name)}Role.Arn>`);

    const role = resources[`${logicalName(name)}Role`]?.Properties ?? {};
    expect(Object.keys(role).sort()).toEqual(["AssumeRolePolicyDocument", "Policies"]);
    expect(role["AssumeRolePolicyDocument"]).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "lambda.amazonaws.com" },
          Action: "sts:AssumeRole",
        },
      ],
    });
    expect(grants(role["Policies"] as Policy[])).toEqual(expected(name));
  });

  it("names every resource, but connections", () => {
    const starred = Object.values(packaged().ofType("AWS::IAM::Role"))
      .flatMap((role) => grants(role.Properties["Policies"] as Policy[]))
      .filter((grant) => grant.includes("*"));
    expect([...new Set(starred)]).toEqual(posts);
  });
}

const posts = ["DELETE", "POST"].map(
  (method) => `execute-api:ManageConnections on ${own}/${method}/@connections/*`,
);

function expected(name: string): string[] {
  const { Connections = [], Rooms = [], posts: isPoster, others = [] } = calls[name] ?? {};
  const log = `<${logicalName(name)}LogGroup.Arn>`;
  return [
    `logs:CreateLogStream on ${log}`,
    `logs:PutLogEvents on ${log}`,
    ...Connections.map((call) => `dynamodb:${call} on <Connections.Arn>`),
    ...Rooms.map((call) => `dynamodb:${call} on <Rooms.Arn>`),
    ...(isPoster ? posts : []),
    ...others,
  ].sort();
}

interface Policy {
  PolicyDocument: { Statement: Statement[] };
}
interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: string | string[];
}

function grants(policies: Policy[]): string[] {
  const statements = policies.flatMap((policy) => policy.PolicyDocument.Statement);
  return statements
    .flatMap((statement) => {
      // Anything else (NotAction, Condition, Deny) would make these lines say less than they seem.
      expect(Object.keys(statement).sort()).toEqual(["Action", "Effect", "Resource"]);
      expect(statement.Effect).toBe("Allow");
      return [statement.Action]
        .flat()
        .flatMap((action) =>
          [statement.Resource].flat().map((resource) => `${action} on ${resource}`),
        );
    })
    .sort();
}
