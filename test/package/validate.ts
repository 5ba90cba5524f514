/**
 * Reads a package as the tests do, before it is deployed:
 *
 *     npm run validate -- .package
 *
 * It ends with exit code 1 when a reader objects to something.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseCommandLine, runCommand } from "../../local/commandLine.ts";
import { startError } from "../../local/startError.ts";
import { cfnLintProblems, hasCfnLint, ownProblems, validatorProblems } from "./problems.ts";

const operation = "validate";

await runCommand(async () => {
  const { positionals } = parseCommandLine(operation, { allowPositionals: true });
  const [folder = ".serverless"] = positionals;
  const file = join(folder, "cloudformation-template-update-stack.json");
  if (!existsSync(file)) throw startError(`there is no package in ${folder}`, operation);
  const problems = [
    ...(validatorProblems([file])[0] ?? []),
    ...ownProblems(JSON.parse(readFileSync(file, "utf8"))),
    ...((hasCfnLint && (await cfnLintProblems([file]))[0]) || []),
  ];
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) throw startError(`${problems.length} problems in ${file}`, operation);
  console.log(`${file}: no problems${hasCfnLint ? "" : " (cfn-lint is not installed)"}`);
});
