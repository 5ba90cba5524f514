/**
 * What CloudFormation would put in place of a template's intrinsics, for resources that are on this
 * machine. `packaged.ts` writes them as `<Rooms>` for a Ref and `<Rooms.Arn>` for an attribute.
 */

import type { Resource } from "../../local/deploy/compiledTemplate.ts";
import { defaultTablePrefix, localRegion } from "../../local/emulator/database/tables.ts";

export const accountId = "000000000000";
export const apiId = "local";
/** As packaged when nothing is said. */
export const stage = "dev";
/** Before a function's own name in the one that Lambda knows. */
export const deployedPrefix = `parley-${stage}-`;

const pseudo: Record<string, string> = {
  "AWS::Region": localRegion,
  "AWS::AccountId": accountId,
  "AWS::Partition": "aws",
  "AWS::URLSuffix": "amazonaws.com",
};

export const arnOf = (service: string, rest: string, region = localRegion) =>
  `arn:aws:${service}:${region}:${accountId}:${rest}`;
export const tableArn = (name: string) => arnOf("dynamodb", `table/${name}`);
export const functionArn = (name: string) => arnOf("lambda", `function:${name}`);

/** By type of resource: what a Ref and the attributes of one are. */
const namers: Record<string, (id: string, properties: Resource["Properties"]) => object> = {
  "AWS::DynamoDB::Table": (id) => {
    const name = defaultTablePrefix + id.toLowerCase();
    const Arn = tableArn(name);
    return { Ref: name, Arn, StreamArn: `${Arn}/stream/local` };
  },
  "AWS::Lambda::Function": (_, { FunctionName }) => ({
    Ref: FunctionName,
    Arn: functionArn(String(FunctionName)),
  }),
  "AWS::Logs::LogGroup": (_, { LogGroupName }) => ({
    Arn: arnOf("logs", `log-group:${LogGroupName}:*`),
  }),
  "AWS::SQS::Queue": (id) => ({ Arn: arnOf("sqs", id) }),
  "AWS::ApiGatewayV2::Api": () => ({ Ref: apiId }),
};

/** @throws Error naming an intrinsic that stands for nothing known here */
export function localText(text: string, resources: Record<string, Resource>): string {
  return text.replace(/<([\w:]+)(?:\.(\w+))?>/g, (written, id: string, attribute = "Ref") => {
    const resource = resources[id];
    const named = resource && namers[resource.Type]?.(id, resource.Properties);
    const value = pseudo[id] ?? Object(named)[attribute];
    if (typeof value === "string") return value;
    throw new Error(`${written} has no local name: say in test/roles/localNames.ts what it is`);
  });
}
