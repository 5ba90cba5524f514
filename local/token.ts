/**
 * Prints a development token and nothing else, so that it can be pasted or substituted:
 *
 *     npm run -s token -- alice [--ttl 1h] [--scope notices:write] [--name Alice]
 */
import { limits } from "../lib/protocol/limits.ts";
import { userName } from "../lib/protocol/names.ts";
import { parse } from "../lib/protocol/parse.ts";
import { parseCommandLine, runCommand } from "./commandLine.ts";
import { startError } from "./startError.ts";
import { developmentToken } from "./tokens.ts";

const operation = "make a token";
const usage = `Usage: npm run -s token -- USER [options]

  --ttl TIME     how long it is good for: 90s, 15m, 1h (default), 7d
  --scope SCOPE  such as notices:write
  --name NAME    the display name (default: the user's name with a capital letter)`;

const unitSeconds: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

await runCommand(async () => {
  const { values, positionals } = parseCommandLine(operation, {
    allowPositionals: true,
    options: {
      ttl: { type: "string", default: "1h" },
      scope: { type: "string" },
      name: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);

  const [user, ...others] = positionals;
  if (user === undefined || others.length > 0) {
    throw startError("name one user, such as alice", operation);
  }
  const parsed = parse(userName, user);
  if (!parsed.ok) throw startError(`for "${user}" ${parsed.reason}`, operation);
  const { scope, name } = values;
  const options = { ttlSeconds: ttlSeconds(values.ttl), ...(scope && { scope }) };
  console.log(await developmentToken(user, { ...options, ...(name && { name }) }));
});

function ttlSeconds(ttl: string): number {
  const [, count, unit = ""] = /^(\d{1,9})([smhd])$/.exec(ttl) ?? [];
  const seconds = Number(count) * (unitSeconds[unit] ?? Number.NaN);
  if (!(seconds >= 1 && seconds <= limits.tokenLifetimeSeconds)) {
    throw startError(`--ttl takes a time such as 90s, 15m, 1h or 7d, not "${ttl}"`, operation);
  }
  return seconds;
}
