/**
 * The osls plugin. It runs the emulator for `serverless offline`. For every other command it
 * resolves `${stage:…}` and `${gateways:…}` in serverless.yml out of the stage's file, adds to the
 * package what that file switches on, and checks before `serverless deploy`. Only the hooks are
 * here; the rest is in typed files beside this one.
 */
import "./typescript.mjs";

export default class LocalPlugin {
  constructor(serverless) {
    const isLocal = serverless.processedInput.commands[0] === "offline";
    let reading;
    const stage = () => (reading ??= isLocal ? { settings: {} } : stageOf(serverless));
    this.configurationVariablesSources = {
      stage: { resolve: async ({ address }) => stageVariable(serverless, address, await stage()) },
      gateways: {
        resolve: async ({ address }) => gatewaysVariable(serverless, address, await stage()),
      },
    };
    // Osls deploys one function for `deploy function` and for `deploy --function` alike.
    this.hooks = {
      initialize: async () => refuse(serverless, (await stage()).refusal),
      "before:aws:package:finalize:mergeCustomProviderResources": async () => {
        await addSignals(serverless, await stage());
        await addPage(serverless, await stage());
        await noteStage(serverless, await stage());
      },
      "before:aws:deploy:deploy:createStack": async () => {
        await checkDeployment(serverless, await stage());
      },
      "before:deploy:function:initialize": () => refuseOneFunction(serverless),
    };
    if (!isLocal) return;

    const emulator = import("./offline.ts").then(({ localEmulator }) => localEmulator(serverless));
    const start = async () => {
      const { bundle, start, deliver } = await emulator;
      await Promise.all([bundle(), start()]);
      await deliver();
    };
    this.hooks = {
      initialize: async () => (await emulator).initialize(),
      // `serverless offline` runs the first, `serverless offline start` the second.
      "before:offline:start": start,
      "before:offline:start:init": start,
    };
  }
}

function refuse({ classes }, refusal) {
  if (refusal !== undefined) throw new classes.Error(refusal);
}

/**
 * A file that is wrong has no settings here, and `initialize` says why, once: a variable that
 * cannot be resolved is an error for each place where it stands.
 */
async function stageOf({ serviceDir, processedInput: { options } }) {
  const { readStage, refusalOfRegion } = await import("./deploy/stageFile.ts");
  const { StartError } = await import("./startError.ts");
  const name = options.stage ?? "dev";
  try {
    const settings = readStage(serviceDir, name);
    return { name, settings, refusal: refusalOfRegion(settings, name, options.region) };
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return { name, settings: {}, refusal: error.message };
  }
}

async function stageVariable({ classes }, address, { settings, name }) {
  const { stageVariable: resolve } = await import("./deploy/stageFile.ts");
  try {
    return { value: resolve(address, settings, name) };
  } catch (error) {
    throw new classes.Error(error.message);
  }
}

async function gatewaysVariable({ classes }, address, { settings }) {
  const { gatewaysVariable: resolve } = await import("./deploy/furtherGateways.ts");
  try {
    return { value: await resolve(address, settings.GATEWAYS_FILE) };
  } catch (error) {
    throw new classes.Error(error.message);
  }
}

/** What they are, bundles settle as well: local/bundling.cjs. */
async function addSignals({ service }, { settings, name: stage }) {
  if (!settings.SIGNALS) return;
  const { signalOutputs, signalResources } = await import("./deploy/signals.ts");
  const { ROOMS_TABLE: Rooms, CONNECTIONS_TABLE: Connections } = service.functions.send.environment;
  const resources = signalResources({
    service: `${service.service}-${stage}`,
    stage,
    functions: Object.keys(service.functions).filter(
      (one) => settings.RETENTION || one !== "sweep",
    ),
    tables: { Rooms, Connections },
  });
  Object.assign(service.resources.Resources, resources);
  Object.assign(service.resources.Outputs, signalOutputs());
}

async function addPage({ service, classes }, { settings }) {
  const { parsePageSettings } = await import("./deploy/pageSettings.ts");
  const { pageOutputs, pageResources } = await import("./deploy/page.ts");
  const { socketOrigins } = await import("./deploy/furtherGateways.ts");
  try {
    const page = parsePageSettings(settings);
    if (page === undefined) return;
    const sockets = await socketOrigins(settings.WEBSOCKET_URL, settings.GATEWAYS_FILE);
    Object.assign(service.resources.Resources, pageResources(page, sockets));
    Object.assign(service.resources.Outputs, pageOutputs(page));
  } catch (error) {
    throw new classes.Error(`unable to package; ${error.message}`);
  }
}

/** So that a package can be held to the stage's file when it is deployed. */
function noteStage({ service }, { name, settings }) {
  service.resources.Metadata = { Stage: { name, settings } };
}

async function checkDeployment(serverless, { settings }) {
  const { refusalOfDeployment } = await import("./deploy/checkDeployment.ts");
  const { compiledCloudFormationTemplate: template } = serverless.service.provider;
  const givenUp = process.env.GIVE_UP?.split(",") ?? [];
  const provider = serverless.getProvider("aws");
  refuse(serverless, await refusalOfDeployment(template, provider, settings, givenUp));
  const { rollbackOf } = await import("./deploy/rollback.ts");
  const isOff = process.env.ROLLBACK === "off";
  serverless.service.provider.rollbackConfiguration = await rollbackOf(provider, settings, isOff);
}

async function refuseOneFunction(serverless) {
  const { refusalOfOneFunction } = await import("./deploy/checkDeployment.ts");
  refuse(serverless, refusalOfOneFunction);
}
