/** What a stage's file says of the capacity of functions and tables, and of the tables' key. */
import type { CompiledTemplate } from "./compiledTemplate.ts";
import type { StageSettings } from "./stageFile.ts";

type Resources = CompiledTemplate["Resources"];

/** Changes them. `generated` has the functions, and `own` the tables. */
export function setCapacity(generated: Resources, own: Resources, settings: StageSettings): void {
  for (const [name, most] of Object.entries(settings.CONCURRENCY ?? {})) {
    const id = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}LambdaFunction`;
    propertiesOf(generated, id)["ReservedConcurrentExecutions"] = most;
  }
  for (const table of ["Rooms", "Connections"]) {
    Object.assign(propertiesOf(own, table), tableProperties(settings));
  }
}

function tableProperties(settings: StageSettings): Record<string, unknown> {
  const { TABLES_KEY, TABLES_WARM_READS: warmReads, TABLES_WARM_WRITES: warmWrites } = settings;
  const { TABLES_MOST_READS: mostReads, TABLES_MOST_WRITES: mostWrites } = settings;
  const WarmThroughput = given({ ReadUnitsPerSecond: warmReads, WriteUnitsPerSecond: warmWrites });
  const OnDemandThroughput = given({
    MaxReadRequestUnits: mostReads,
    MaxWriteRequestUnits: mostWrites,
  });
  const SSESpecification = TABLES_KEY && {
    SSEEnabled: true,
    SSEType: "KMS",
    KMSMasterKeyId: TABLES_KEY,
  };
  return given({ WarmThroughput, OnDemandThroughput, SSESpecification }) ?? {};
}

/** Those with a value; undefined if none has one. */
function given(properties: Record<string, unknown>): Record<string, unknown> | undefined {
  const entries = Object.entries(properties).filter(([, value]) => value !== undefined);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

function propertiesOf(resources: Resources, id: string): Record<string, unknown> {
  const resource = resources[id];
  if (resource === undefined) throw new Error(`the template has no ${id}`);
  return resource.Properties;
}
