/** What `restore` takes of DynamoDB, as AWS has it. No emulator restores to a point in time. */
import {
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  RestoreTableToPointInTimeCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import { clock } from "../../lib/runtime.ts";
import type { RestorePorts, TableState } from "./restore.ts";
import { verifyLogs } from "./verifyLogs.ts";

export function restorePorts(
  client: DynamoDBClient,
  tell: { fault(room: string, fault: string): void; progress(text: string): void },
): RestorePorts {
  return {
    clock,
    find: (table) => find(client, table),
    async recovery(TableName) {
      const asked = new DescribeContinuousBackupsCommand({ TableName });
      const { ContinuousBackupsDescription } = await client.send(asked);
      const found = ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
      const { EarliestRestorableDateTime: first, LatestRestorableDateTime: last } = found ?? {};
      if (found?.PointInTimeRecoveryStatus !== "ENABLED") return undefined;
      const days = found.RecoveryPeriodInDays ?? 35;
      return { earliestMs: first?.getTime() ?? 0, latestMs: last?.getTime() ?? 0, days };
    },
    async restore(SourceTableName, TargetTableName, atMs) {
      const RestoreDateTime = new Date(atMs);
      const asked = { SourceTableName, TargetTableName, RestoreDateTime };
      await client.send(new RestoreTableToPointInTimeCommand(asked));
    },
    async protect(TableName, DeletionProtectionEnabled) {
      await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled }));
    },
    async openStream(TableName) {
      const StreamSpecification = { StreamEnabled: true, StreamViewType: "NEW_IMAGE" } as const;
      await client.send(new UpdateTableCommand({ TableName, StreamSpecification }));
    },
    async keepRecovery(TableName, RecoveryPeriodInDays) {
      const PointInTimeRecoverySpecification = {
        PointInTimeRecoveryEnabled: true,
        RecoveryPeriodInDays,
      };
      const asked = { TableName, PointInTimeRecoverySpecification };
      await client.send(new UpdateContinuousBackupsCommand(asked));
    },
    async remove(TableName) {
      await client.send(new DeleteTableCommand({ TableName }));
    },
    verify: (name) =>
      verifyLogs({ client, name }, [], {
        fault: tell.fault,
        progress: ({ events, rooms }) => tell.progress(`${events} events of ${rooms} rooms`),
      }),
  };
}

async function find(client: DynamoDBClient, TableName: string): Promise<TableState | undefined> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    const { SourceTableArn, RestoreDateTime } = Table?.RestoreSummary ?? {};
    const indexes = Table?.GlobalSecondaryIndexes ?? [];
    const states = [Table?.TableStatus, ...indexes.map(({ IndexStatus }) => IndexStatus)];
    const hasStream = Table?.StreamSpecification?.StreamEnabled === true;
    return {
      isActive: states.every((state) => state === "ACTIVE"),
      isProtected: Table?.DeletionProtectionEnabled === true,
      ...(hasStream && Table?.LatestStreamArn && { streamArn: Table.LatestStreamArn }),
      ...(SourceTableArn && {
        restoredFrom: {
          table: SourceTableArn.split("/").at(-1) ?? "",
          atMs: RestoreDateTime?.getTime() ?? 0,
        },
      }),
    };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
