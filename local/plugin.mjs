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
        await addSwitchedOn(serverless, await stage());
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

async function addSwitchedOn({ service, classes }, { settings, name }) {
  const { addSwitchedOn: add } = await import("./deploy/additions.ts");
  try {
    await add(service, name, settings);
  } catch (error) {
    throw new classes.Error(`unable to package; ${error.message}`);
  }
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
