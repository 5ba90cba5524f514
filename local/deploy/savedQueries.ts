/** Queries of the logs, as CloudWatch Logs Insights keeps them: one for each line worth reading. */
import { type LineName, lines } from "../../lib/signals/signals.ts";
import type { Resource } from "./compiledTemplate.ts";

/** By name: what it shows. Fields are those of the lines. */
const queries: Record<string, string> = {
  "errors by line": 'filter level = "error" | stats count(*) by what, function, bin(5m)',
  "one request": 'filter requestId = "REQUEST" | sort @timestamp asc',
  "one connection": 'filter connectionId = "CONNECTION" | sort @timestamp asc',
  "tokens refused by reason":
    'filter what = "token refused" | stats count(*) by reason, detail, door',
  "recipients skipped by gateway":
    'filter what = "recipients skipped" | stats sum(skipped), sum(left) by type, bin(5m)',
};

export function savedQueries({
  service,
  functions,
}: {
  service: string;
  functions: readonly string[];
}): Record<string, Resource> {
  const LogGroupNames = functions.map((name) => `/aws/lambda/${service}-${name}`);
  const all = {
    ...queries,
    ...Object.fromEntries(errorLines().map((what) => [what, queryOf(what)])),
  };
  return Object.fromEntries(
    Object.entries(all).map(([name, QueryString]) => [
      `${name.replace(/(?:^|[ -])(\w)/g, (_, letter: string) => letter.toUpperCase())}Query`,
      {
        Type: "AWS::Logs::QueryDefinition",
        Properties: { Name: `${service}/${name}`, QueryString, LogGroupNames },
      },
    ]),
  );
}

const errorLines = () =>
  (Object.keys(lines) as LineName[]).filter((what) => lines[what].level === "error");

const queryOf = (what: LineName) => `filter what = "${what}" | sort @timestamp desc | limit 100`;
