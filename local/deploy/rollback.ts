/**
 * What has CloudFormation take a deployment back: `ROLLBACK_MINUTES` after an update it still looks
 * at the alarm that pages, and undoes the update if that goes off. The alarm must be there before
 * the update that it guards, so a stack's first deployment with `SIGNALS` has no guard yet.
 */
import {
  CloudFormationClient,
  type RollbackConfiguration,
  type Stack,
} from "@aws-sdk/client-cloudformation";
import { type Provider, stackOf } from "./checkDeployment.ts";
import { pagingAlarmOutput } from "./signals.ts";
import type { StageSettings } from "./stageFile.ts";

/** `isOff`: for a deployment that is to end an incident, while the alarm is on. */
export async function rollbackOf(
  provider: Provider,
  { ROLLBACK_MINUTES: minutes }: StageSettings,
  isOff: boolean,
): Promise<RollbackConfiguration> {
  if (minutes === undefined || isOff) return unguarded;
  const client = new CloudFormationClient(await provider.getAwsSdkV3Config());
  const stack = await stackOf(client, provider.naming.getStackName()).finally(() =>
    client.destroy(),
  );
  return guardedBy(stack, minutes);
}

/** Said to CloudFormation too: it keeps what it was told the last time. */
const unguarded: RollbackConfiguration = { RollbackTriggers: [], MonitoringTimeInMinutes: 0 };

export function guardedBy(stack: Stack | undefined, minutes: number): RollbackConfiguration {
  const { OutputValue: Arn } =
    stack?.Outputs?.find(({ OutputKey }) => OutputKey === pagingAlarmOutput) ?? {};
  if (Arn === undefined) return unguarded;
  return {
    RollbackTriggers: [{ Arn, Type: "AWS::CloudWatch::CompositeAlarm" }],
    MonitoringTimeInMinutes: minutes,
  };
}
