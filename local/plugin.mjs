/**
 * The osls plugin behind `serverless offline`, and behind no other command: packaging and deploying
 * see serverless.yml as it is written. Only the hooks are here; what they do is typed, in
 * emulator.ts. It is read by a loader of its own, since a second global one, which the emulator
 * registers for the handlers, would trip over the first.
 */
import { tsImport } from "tsx/esm/api";

export default class LocalPlugin {
  constructor(serverless) {
    if (serverless.processedInput.commands[0] !== "offline") return;

    const emulator = tsImport("./emulator.ts", import.meta.url).then(({ localEmulator }) =>
      localEmulator(serverless),
    );
    const start = async () => (await emulator).start();
    this.hooks = {
      initialize: async () => (await emulator).initialize(),
      // `serverless offline` runs the first, `serverless offline start` the second.
      "before:offline:start": start,
      "before:offline:start:init": start,
    };
  }
}
