/**
 * What the packaged roles grant: one line for each function, action and resource, with resources as
 * they are called on this machine. A guard answers calls by them, notes which were used, and can be
 * told to do as if one were not there.
 */
import type { Packaged } from "../package/packaged.ts";
import { deployedPrefix, localText } from "./localNames.ts";

export interface Grant {
  functionName: string;
  action: string;
  /** An ARN, in which `*` stands for anything. */
  resource: string;
  /** As in the template: `dynamodb:GetItem on <Rooms.Arn>`. */
  line: string;
}

export interface Call {
  functionName: string;
  action: string;
  resource: string;
}

export interface Guard {
  allows(call: Call): boolean;
  /** Used so far, or since `forgetUse`. */
  readonly used: ReadonlySet<Grant>;
  forgetUse(): void;
  /** Calls that no grant covered. */
  readonly refused: readonly string[];
  /** Does until it is given back as if there were no such grant. */
  take(grant: Grant): void;
  giveBack(): void;
}

/**
 * All that roles grant, but for what AWS does in a function's name: its log, and reading the stream
 * that it has events for.
 */
export function grantsOf(packaged: Packaged): Grant[] {
  return allGrantsOf(packaged).filter(({ action }) => !isMadeByAws(action));
}

/** What AWS does in functions' names, as the template says it. */
export function grantsToAws(packaged: Packaged): string[] {
  return allGrantsOf(packaged)
    .filter(({ action }) => isMadeByAws(action))
    .map(({ functionName, line }) => `${functionName}: ${line}`);
}

const streamActions = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"];
const madeByAws = [...streamActions.map((name) => `dynamodb:${name}`), "sqs:SendMessage"];

function isMadeByAws(action: string): boolean {
  return action.startsWith("logs:") || madeByAws.includes(action);
}

function allGrantsOf({ resources, ofType }: Packaged): Grant[] {
  return Object.values(ofType("AWS::Lambda::Function")).flatMap(({ Properties }) => {
    const functionName = String(Properties["FunctionName"]).replace(deployedPrefix, "");
    const role = String(Properties["Role"]).replace(/^<(\w+)\.Arn>$/, "$1");
    return statementsOf(resources[role]?.Properties).flatMap(({ Action, Resource }) =>
      [Action].flat().flatMap((action) =>
        [Resource].flat().map((resource) => ({
          functionName,
          action,
          resource: localText(resource, resources),
          line: `${action} on ${resource}`,
        })),
      ),
    );
  });
}

interface Statement {
  Action: string | string[];
  Resource: string | string[];
}

/** test/package holds that there is nothing else in a statement, such as a Deny. */
function statementsOf(role: unknown): Statement[] {
  const policies: { PolicyDocument: { Statement: Statement[] } }[] = Object(role).Policies;
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

export function guardOf(grants: readonly Grant[]): Guard {
  const used = new Set<Grant>();
  const refused: string[] = [];
  let taken: Grant | undefined;
  return {
    used,
    refused,
    allows(call) {
      const covering = grants.filter((grant) => grant !== taken && covers(grant, call));
      for (const grant of covering) used.add(grant);
      if (covering.length === 0 && taken === undefined) refused.push(described(call));
      return covering.length > 0;
    },
    forgetUse: () => used.clear(),
    take(grant) {
      taken = grant;
    },
    giveBack() {
      taken = undefined;
    },
  };
}

export const described = ({ functionName, action, resource }: Call): string =>
  `${functionName}: ${action} on ${resource}`;

function covers(grant: Grant, { functionName, action, resource }: Call): boolean {
  const isNamed = grant.functionName === functionName && matches(grant.action, action);
  return isNamed && matches(grant.resource, resource);
}

function matches(pattern: string, text: string): boolean {
  const escaped = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${escaped.join(".*")}$`).test(text);
}
