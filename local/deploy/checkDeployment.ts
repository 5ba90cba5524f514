/**
 * Checks before `serverless deploy`, when everything is packaged and nothing is done yet. It reads
 * the package, because `--package` deploys what was made elsewhere or earlier, and holds it to the
 * stage's file. Only GIVE_UP comes from the shell, because it is meant for one deployment.
 */
import {
  CloudFormationClient,
  type CloudFormationClientConfig,
  DescribeStacksCommand,
  paginateListStackResources,
  SetStackPolicyCommand,
  type Stack,
} from "@aws-sdk/client-cloudformation";
import { type CompiledTemplate, madeOf } from "./compiledTemplate.ts";
import {
  environmentOf,
  packagedTables,
  refusalOfChange,
  refusalOfTables,
  see,
  type Table,
  type TableId,
  type Tables,
} from "./deployedTables.ts";
import { assertTokens, refusalOfOldPackage, type StageSettings } from "./stageFile.ts";

/** The parts of osls's AWS provider that are used here. */
export interface Provider {
  getStage(): string;
  getRegion(): string;
  getAwsSdkV3Config(): Promise<CloudFormationClientConfig>;
  naming: { getStackName(): string };
}

export const refusalOfOneFunction =
  "unable to deploy one function; nothing would check it: deploy the service";

/** The reason not to deploy the package; undefined if there is none. */
export async function refusalOfDeployment(
  template: CompiledTemplate,
  provider: Provider,
  settings: StageSettings,
  givenUp: readonly string[],
): Promise<string | undefined> {
  const refusal =
    refusalOfPackage(template, provider.getStage(), settings) ??
    refusalOfTables(template, provider.getRegion());
  if (refusal !== undefined) return refusal;

  const cloudFormation = new CloudFormationClient(await provider.getAwsSdkV3Config());
  const stack = provider.naming.getStackName();
  try {
    const deployed = await deployedTables(cloudFormation, stack);
    const outputs = await outputsOf(cloudFormation, stack);
    const refusalWith = (names: readonly string[]) =>
      refusalOfChange(deployed, packagedTables(template), names) ??
      refusalOfLosingPage(outputs, template, names);
    const isChange = refusalWith([]) !== undefined;
    const refused = refusalWith(givenUp);
    if (isChange && refused === undefined) await allowEveryUpdate(cloudFormation, stack);
    return refused;
  } finally {
    cloudFormation.destroy();
  }
}

/** The reason why the package's settings do not fit this stage; undefined if they do. */
export function refusalOfPackage(
  template: CompiledTemplate,
  stage: string,
  settings: StageSettings,
): string | undefined {
  const { Stage: packaged } = template.Metadata ?? {};
  if (packaged?.name !== stage) {
    return `unable to deploy; this was packaged for the stage ${packaged?.name}, not ${stage}`;
  }
  const refusal = refusalOfOldPackage(packaged.settings, settings);
  if (refusal !== undefined) return refusal;
  return Object.values(madeOf(template).resources)
    .filter(({ Type }) => Type === "AWS::Lambda::Function")
    .map(environmentOf)
    .filter((variables) => "AUTH_SECRET" in variables)
    .map((variables) => refusalOfSettings(variables as NodeJS.ProcessEnv))
    .find((found) => found !== undefined);
}

/** The reason not to deploy because the chat page would go; undefined if it stays, or may go. */
export function refusalOfLosingPage(
  deployed: Record<string, string | undefined> | undefined,
  template: CompiledTemplate,
  givenUp: readonly string[],
): string | undefined {
  const url = deployed?.["PageUrl"];
  if (url === undefined || "PageDistribution" in template.Resources) return undefined;
  const { host } = new URL(url);
  if (givenUp.includes(host)) return undefined;
  const cure = `set WEB: true, or GIVE_UP=${host} to mean it`;
  return `unable to deploy; it would delete the chat page ${url}: ${cure} ${see}`;
}

/** The tables that a stack works on: its own resources, or those that its outputs name. */
export async function deployedTables(
  client: CloudFormationClient,
  StackName: string,
): Promise<Tables> {
  const outputs = await outputsOf(client, StackName);
  if (outputs === undefined) return {};
  const own = new Map<string, string>();
  for await (const page of paginateListStackResources({ client }, { StackName })) {
    for (const {
      LogicalResourceId = "",
      PhysicalResourceId,
      ResourceStatus,
    } of page.StackResourceSummaries ?? []) {
      const isThere = !ResourceStatus?.startsWith("DELETE_") && PhysicalResourceId !== undefined;
      if (isThere) own.set(LogicalResourceId, PhysicalResourceId);
    }
  }
  const tables: Tables = {};
  for (const id of ["Rooms", "Connections"] satisfies TableId[]) {
    const ownName = own.get(id);
    const name = ownName ?? outputs[`${id}Table`];
    if (name !== undefined) tables[id] = { isOwn: ownName !== undefined, name } satisfies Table;
  }
  return tables;
}

/** Undefined when there is no such stack. */
export async function outputsOf(
  client: CloudFormationClient,
  StackName: string,
): Promise<Record<string, string | undefined> | undefined> {
  const stack = await stackOf(client, StackName);
  const entries = stack?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]);
  return stack && Object.fromEntries(entries ?? []);
}

/** Undefined when there is no such stack. */
export async function stackOf(
  client: CloudFormationClient,
  StackName: string,
): Promise<Stack | undefined> {
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
    return Stacks?.[0];
  } catch (error) {
    // CloudFormation has no error type for this.
    if (/does not exist/.test((error as Error).message)) return undefined;
    throw error;
  }
}

/** It holds for one update: the deployment restores the stack's own policy when it is done. */
async function allowEveryUpdate(client: CloudFormationClient, StackName: string): Promise<void> {
  const anything = { Effect: "Allow", Action: "Update:*", Principal: "*", Resource: "*" };
  const StackPolicyBody = JSON.stringify({ Statement: [anything] });
  await client.send(new SetStackPolicyCommand({ StackName, StackPolicyBody }));
}

/** The reason why what functions are told must not be deployed; undefined if it may. */
export function refusalOfSettings(env: NodeJS.ProcessEnv): string | undefined {
  try {
    assertTokens(env);
  } catch (error) {
    if (error instanceof TypeError) return `unable to deploy; ${error.message} ${see}`;
    throw error;
  }
  return undefined;
}
