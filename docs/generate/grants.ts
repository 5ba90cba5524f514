/** The table of docs/architecture.md that repeats what the roles in serverless.yml grant. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { table } from "./tables.ts";

interface Statement {
  Action: string | string[];
  Resource: unknown;
}
interface Role {
  Type: string;
  Properties: { Policies: { PolicyName: string; PolicyDocument: { Statement: Statement[] } }[] };
}

const columns = ["Rooms", "Connections", "elsewhere"] as const;

/** By function: its actions on each table and its indexes, and all others. Of logs nothing. */
export function grantsTable(): string {
  const source = readFileSync(new URL("../../serverless.yml", import.meta.url), "utf8");
  const { Resources } = parse(source, { merge: true, logLevel: "error" }).resources;
  const roles = Object.values(Resources as Record<string, Role>).filter(
    ({ Type }) => Type === "AWS::IAM::Role",
  );
  const rows = roles.flatMap(({ Properties }) =>
    Properties.Policies.map(({ PolicyName, PolicyDocument }) => {
      const granted = PolicyDocument.Statement.flatMap(grantsOf);
      const cells = columns.map((column) =>
        [...new Set(granted.filter(({ at }) => at === column).map(({ what }) => what))].sort(),
      );
      return [`\`${PolicyName}\``, ...cells.map((whats) => whats.join(", ") || "–")];
    }),
  );
  return table(["function", ...columns.map((at) => (at === "elsewhere" ? at : `\`${at}\``))], rows);
}

/** A resource is text with intrinsics in it, of which only the names of what is meant are read. */
function grantsOf({ Action, Resource }: Statement): { at: string; what: string }[] {
  const named = JSON.stringify(Resource);
  const index = /index\/(\w+)/.exec(named)?.[1];
  const on = columns.filter((column) => named.includes(`"${column}.Arn"`));
  return [Action].flat().flatMap((action) => {
    const [service = "", name = ""] = action.split(":");
    if (service === "logs") return [];
    if (service !== "dynamodb") return [{ at: "elsewhere", what: `${service}:${name}` }];
    if (on.length === 0) return [{ at: "elsewhere", what: `the stream of \`Rooms\`` }];
    return on.map((at) => ({ at, what: index ? `${name} of index \`${index}\`` : name }));
  });
}
