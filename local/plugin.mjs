/**
 * The osls plugin: it runs the emulator for `serverless offline`, resolves `${gateways:…}` in
 * serverless.yml, adds the alarms of `SIGNALS=on` and the page of `WEB=on`, and checks before
 * `serverless deploy`. It changes no other command. Only the hooks are here; the rest is in typed
 * files beside this one.
 */
import "./typescript.mjs";

export default class LocalPlugin {
  constructor(serverless) {
    const { commands } = serverless.processedInput;
    const file = commands[0] === "offline" ? undefined : process.env.GATEWAYS_FILE;
    this.configurationVariablesSources = {
      gateways: { resolve: ({ address }) => gatewaysVariable(serverless, address, file) },
    };
    // Osls deploys one function for `deploy function` and for `deploy --function` alike.
    this.hooks = {
      "before:aws:package:finalize:mergeCustomProviderResources": async () => {
        await addSignals(serverless);
        await addPage(serverless, file);
      },
      "before:aws:deploy:deploy:createStack": () => checkDeployment(serverless),
      "before:deploy:function:initialize": () => refuseOneFunction(serverless),
    };
    if (commands[0] !== "offline") return;

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

/** What they are, bundles settle as well: local/bundling.cjs. */
async function addSignals({ service }) {
  if (process.env.SIGNALS !== "on") return;
  const { signalResources } = await import("./deploy/signals.ts");
  const stage = service.provider.stage;
  const { ROOMS_TABLE: Rooms, CONNECTIONS_TABLE: Connections } = service.functions.send.environment;
  const resources = signalResources({
    service: `${service.service}-${stage}`,
    stage,
    functions: Object.keys(service.functions),
    tables: { Rooms, Connections },
  });
  Object.assign(service.resources.Resources, resources);
}

async function addPage({ service, classes }, gatewaysFile) {
  const { parsePageSettings } = await import("./deploy/pageSettings.ts");
  const { pageOutputs, pageResources } = await import("./deploy/page.ts");
  const { socketOrigins } = await import("./deploy/furtherGateways.ts");
  try {
    const settings = parsePageSettings(process.env);
    if (settings === undefined) return;
    const sockets = await socketOrigins(process.env.WEBSOCKET_URL, gatewaysFile);
    Object.assign(service.resources.Resources, pageResources(settings, sockets));
    Object.assign(service.resources.Outputs, pageOutputs(settings));
  } catch (error) {
    throw new classes.Error(`unable to package; ${error.message}`);
  }
}

async function checkDeployment(serverless) {
  const { refusalOfDeployment } = await import("./deploy/checkDeployment.ts");
  const { compiledCloudFormationTemplate: template } = serverless.service.provider;
  const givenUp = process.env.GIVE_UP?.split(",") ?? [];
  const refusal = await refusalOfDeployment(template, serverless.getProvider("aws"), givenUp);
  if (refusal !== undefined) throw new serverless.classes.Error(refusal);
}

async function refuseOneFunction(serverless) {
  const { refusalOfOneFunction } = await import("./deploy/checkDeployment.ts");
  throw new serverless.classes.Error(refusalOfOneFunction);
}

async function gatewaysVariable(serverless, address, file) {
  const { gatewaysVariable: resolve } = await import("./deploy/furtherGateways.ts");
  try {
    return { value: await resolve(address, file) };
  } catch (error) {
    throw new serverless.classes.Error(error.message);
  }
}
