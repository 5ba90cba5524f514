/**
 * What `npm start` and `npm run token` share: what cannot be done is said in one line on stderr,
 * and the exit code is not zero. Everything else that is thrown is a defect and keeps its stack.
 */
import { type ParseArgsConfig, parseArgs } from "node:util";
import { StartError } from "./startError.ts";

/** Sorts out the arguments; an unknown option or a missing value is the caller's mistake. */
export function parseCommandLine<T extends ParseArgsConfig>(operation: string, config: T) {
  try {
    return parseArgs({ strict: true, ...config });
  } catch (error) {
    // Some of node's messages go on with advice about `--`, in a second sentence.
    const [reason = ""] = (error as Error).message.split(". ");
    throw new StartError(`unable to ${operation}; ${reason} (--help says what there is)`);
  }
}

export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
