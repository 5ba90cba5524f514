/**
 * What a role is made of: so little that lines of "action on resource" say all of it, and nothing
 * can hide in a second policy or a managed one. Whether the lines are the right ones is shown by
 * test/roles, where they are enforced.
 */
import { expect, it } from "vitest";
import { functionNames, logicalName } from "./functions.ts";
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

  it.each(functionNames)("gives %s its own role, which only Lambda takes on", (name) => {
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
    expect(grants(role["Policies"] as Policy[])).not.toEqual([]);
  });

  it("names every resource, but connections", () => {
    const starred = Object.values(packaged().ofType("AWS::IAM::Role"))
      .flatMap((role) => grants(role.Properties["Policies"] as Policy[]))
      .filter((grant) => grant.includes("*"));
    expect([...new Set(starred)].sort()).toEqual(posts);
  });
}

const posts = ["DELETE", "POST"].map(
  (method) => `execute-api:ManageConnections on ${own}/${method}/@connections/*`,
);

interface Policy {
  PolicyDocument: { Statement: Statement[] };
}
interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: string | string[];
}

/** What a function's role allows, as "action on resource". */
export function grantsOf({ resources }: Packaged, functionName: string): string[] {
  const role = resources[`${logicalName(functionName)}Role`]?.Properties ?? {};
  return grants(role["Policies"] as Policy[]);
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
