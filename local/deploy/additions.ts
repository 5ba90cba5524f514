/**
 * What a stage's file switches on beside the parts of serverless.yml: added to the package before
 * osls merges our resources into its own.
 */
import { accessLogs } from "./accessLogs.ts";
import { budgetResources } from "./budget.ts";
import { setCapacity } from "./capacity.ts";
import type { CompiledTemplate } from "./compiledTemplate.ts";
import { domainOutputs, domainResources, httpUrl, socketUrl } from "./domains.ts";
import { socketOrigins } from "./furtherGateways.ts";
import { pageOutputs, pageResources } from "./page.ts";
import { parsePageSettings } from "./pageSettings.ts";
import { signalOutputs, signalResources } from "./signals.ts";
import type { StageSettings } from "./stageFile.ts";
import { traceFunctions } from "./tracing.ts";

/** The parts of osls's object that are used here. */
interface Service {
  service: string;
  provider: { compiledCloudFormationTemplate: CompiledTemplate; logRetentionInDays: number };
  functions: Record<string, { environment: Record<string, unknown> }>;
  resources: Required<Pick<CompiledTemplate, "Resources" | "Outputs">> &
    Pick<CompiledTemplate, "Metadata"> & {
      extensions: Record<string, { Properties?: Record<string, unknown> }>;
    };
}

export async function addSwitchedOn(
  service: Service,
  stage: string,
  settings: StageSettings,
): Promise<void> {
  const { resources, functions, provider } = service;
  const name = `${service.service}-${stage}`;
  if (settings.SIGNALS) {
    const { ROOMS_TABLE: Rooms, CONNECTIONS_TABLE: Connections } =
      functions["send"]?.environment ?? {};
    const tables = { Rooms, Connections };
    const made = Object.keys(functions).filter((one) => settings.RETENTION || one !== "sweep");
    const deployed = { service: name, stage, functions: made, tables };
    Object.assign(resources.Resources, signalResources(deployed));
    Object.assign(resources.Outputs, signalOutputs());
  }

  Object.assign(resources.Resources, domainResources(settings));
  Object.assign(resources.Outputs, domainOutputs(settings));

  const page = parsePageSettings(settings);
  if (page !== undefined) {
    const sockets = await socketOrigins(socketUrl(settings), settings.GATEWAYS_FILE);
    const http = httpUrl(settings);
    Object.assign(resources.Resources, pageResources(page, sockets, http));
    Object.assign(resources.Outputs, pageOutputs(page, http));
  }

  if (settings.TRACING) {
    traceFunctions(provider.compiledCloudFormationTemplate.Resources, resources.Resources);
  }

  setCapacity(provider.compiledCloudFormationTemplate.Resources, resources.Resources, settings);

  const logs = accessLogs(settings.ACCESS_LOGS, name, provider.logRetentionInDays);
  Object.assign(resources.Resources, logs.resources);
  for (const [id, properties] of Object.entries(logs.stages)) {
    const extension = resources.extensions[id];
    resources.extensions[id] = {
      ...extension,
      Properties: { ...extension?.Properties, ...properties },
    };
  }

  if (settings.BUDGET_USD !== undefined) {
    Object.assign(resources.Resources, budgetResources(settings.BUDGET_USD));
  }
  // So that the package can be held to the stage's file when it is deployed.
  resources.Metadata = { Stage: { name: stage, settings } };
}
