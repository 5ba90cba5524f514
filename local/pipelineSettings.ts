/**
 * Prints the settings of a deployment, a line `NAME=value` each, out of the variables that a
 * pipeline keeps for a stage: JSON in VARIABLES. They are those that serverless.yml and the bundler
 * read. A setting that a pipeline does not have is not printed, so that it has its default.
 */
import { readFileSync } from "node:fs";
import { runCommand } from "./commandLine.ts";
import { startError } from "./startError.ts";

const operation = "read the pipeline's settings";
/** Read beside serverless.yml. */
const ofPackaging = [
  ...["GATEWAYS_FILE", "POSTING_CLIENT", "SIGNALS", "WEB", "WEB_CLIENT_ID", "WEB_SCOPE"],
  ...["WEB_AUDIENCE", "WEB_TOKEN_ORIGIN", "WEB_DOMAIN", "WEB_CERTIFICATE"],
];
/** Variables are shown in a pipeline's log. */
const secrets = ["AUTH_SECRET", "AUTH_SECRET_PREVIOUS"];

await runCommand(async () => {
  const kept = variablesIn(process.env["VARIABLES"]);
  const service = readFileSync(new URL("../serverless.yml", import.meta.url), "utf8");
  const read = [...service.matchAll(/\$\{env:([A-Z_]+)/g)].map(([, name = ""]) => name);
  for (const name of new Set([...read, ...ofPackaging].sort())) {
    const value = kept[name];
    if (value === undefined || value === "") continue;
    if (secrets.includes(name)) throw startError(`${name} is no variable but a secret`, operation);
    if (/[\r\n]/.test(value)) throw startError(`${name} has more than one line`, operation);
    console.log(`${name}=${value}`);
  }
});

function variablesIn(text = "{}"): Record<string, string | undefined> {
  try {
    return JSON.parse(text);
  } catch {
    throw startError("VARIABLES is no JSON", operation);
  }
}
