/**
 * The osls plugin behind `serverless offline`, and a look at the settings before `serverless
 * deploy`. It changes nothing for any other command: packaging and deploying see serverless.yml as
 * it is written. Only the hooks are here; what they do is typed, beside this file.
 */
import "./typescript.mjs";

export default class LocalPlugin {
  constructor(serverless) {
    const { commands } = serverless.processedInput;
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
