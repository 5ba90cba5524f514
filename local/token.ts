/**
 * Prints a development token and nothing else, so that it can be pasted or substituted:
 *
 *     npm run -s token -- alice [--ttl 1h] [--scope "notices:write rooms:admin"] [--name Alice]
 */
import { runCommand } from "./commandLine.ts";
import { tokenCommand } from "./tokens.ts";

await runCommand(async () => console.log(await tokenCommand(process.argv.slice(2))));
