/** What the commands about one user share: their options, and the tables that they work on. */
import { grammars, userName } from "../../lib/protocol/names.ts";
import { parseCommandLine, runCommand } from "../commandLine.ts";
import { startError } from "../startError.ts";
import { onTables, tableOf, tableOptions, tableUsage } from "./tables.ts";
import type { UserTables } from "./userData.ts";

interface UserCommand {
  /** Such as "export a user", for errors. */
  operation: string;
  usage: string;
}

export interface Asked {
  user: string;
  isDryRun: boolean;
}

export const userUsage = `\
  --user USER          who, exactly as their tokens name them
  --dry-run            only say how much there is

${tableUsage}`;

/** Run the command whose arguments the process was given. */
export async function runUserCommand(
  { operation, usage }: UserCommand,
  work: (tables: UserTables, asked: Asked) => Promise<void>,
): Promise<void> {
  await runCommand(async () => {
    const { values } = parseCommandLine(operation, {
      options: {
        ...tableOptions,
        user: { type: "string" },
        "dry-run": { type: "boolean", default: false },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) return console.log(usage);
    const { user } = values;
    if (user === undefined) throw startError("--user names nobody", operation);
    if (!userName.safeParse(user).success) {
      throw startError(`--user ${grammars.user}`, operation);
    }
    await onTables(values, operation, async (tables) => {
      const both = {
        rooms: tableOf(tables, "rooms"),
        connections: tableOf(tables, "connections"),
      };
      await work(both, { user, isDryRun: values["dry-run"] });
    });
  });
}

/** Of long work, on stderr: stdout is the result's. */
export function tellProgress(text: string): void {
  console.error(text);
}

/** Such as "message: 3, block: 1". */
export function inWords(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([what, count]) => `${what}: ${count}`).join(", ") || "nothing";
}
