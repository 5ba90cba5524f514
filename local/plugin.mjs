/**
 * The osls plugin behind `serverless offline`, the `${gateways:…}` of serverless.yml, and a look at
 * what is deployed before `serverless deploy`. It changes nothing else for any other command. Only
 * the hooks are here; what they do is typed, beside this file.
 */
import "./typescript.mjs";

export default class LocalPlugin {
  constructor(serverless) {
    const { commands } = serverless.processedInput;
    const file = commands[0] === "offline" ? undefined : process.env.GATEWAYS_FILE;
    this.configurationVariablesSources = {
      gateways: { resolve: ({ address }) => gatewaysVariable(serverless, address, file) },
    };
    if (commands.join(" ") === "deploy") this.hooks = { initialize: () => check(serverless) };
    if (commands[0] !== "offline") return;

    const emulator = import("./emulator.ts").then(({ localEmulator }) => localEmulator(serverless));
    const start = async () => {
      await (await emulator).start();
      await (await emulator).deliver();
    };
    this.hooks = {
      initialize: async () => (await emulator).initialize(),
      // `serverless offline` runs the first, `serverless offline start` the second.
      "before:offline:start": start,
      "before:offline:start:init": start,
    };
  }
}

async function check(serverless) {
  const { refusalOfSettings } = await import("./deployment.ts");
  const refusal = refusalOfSettings(process.env);
  if (refusal !== undefined) throw new serverless.classes.Error(refusal);
}

async function gatewaysVariable(serverless, address, file) {
  const { gatewaysVariable: resolve } = await import("./furtherGateways.ts");
  try {
    return { value: await resolve(address, file) };
  } catch (error) {
    throw new serverless.classes.Error(error.message);
  }
}
