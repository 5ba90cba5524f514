/**
 * Shared by all commands. A mistake of the caller is printed in one line on stderr, and the exit
 * code is 1. Any other error is a defect and keeps its stack.
 */
import { type ParseArgsConfig, parseArgs } from "node:util";
import { StartError } from "./startError.ts";

/** Parses the arguments. @throws StartError for an unknown option or a missing value */
export function parseCommandLine<T extends ParseArgsConfig>(operation: string, config: T) {
  try {
    return parseArgs({ strict: true, ...config });
  } catch (error) {
    // Some of Node's messages add advice about `--` in a second sentence.
    const [reason = ""] = (error as Error).message.split(". ");
    throw new StartError(`unable to ${operation}; ${reason} (--help lists all options)`);
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
