/**
 * Lets somebody in or not, as API Gateway does: 401 for a missing identity source or a thrown
 * "Unauthorized", 403 for a policy that does not allow, 500 for whatever else.
 */
import type { IncomingMessage } from "node:http";
import { authorizerEvent, methodArn, type Peer } from "./events.ts";
import type { Functions } from "./functions.ts";
import type { Authorizer } from "./serviceFile.ts";

export type Authorization =
  | { context: Record<string, string> }
  | { status: 401 | 403 | 500; message: string };

const unauthorized = { status: 401, message: "Unauthorized" } as const;
const failed = { status: 500, message: "Internal server error" } as const;
const denied = {
  status: 403,
  message: "User is not authorized to access this resource with an explicit deny",
} as const;

export async function authorize(
  { functionName, identitySources }: Authorizer,
  functions: Functions,
  peer: Peer,
  request: IncomingMessage,
): Promise<Authorization> {
  const event = authorizerEvent(peer, request);
  if (!identitySources.every((source) => isPresent(source, event))) return unauthorized;
  const outcome = await functions.invoke(functionName, event);
  if ("failed" in outcome) {
    return outcome.failed.message === "Unauthorized" ? unauthorized : failed;
  }
  const { principalId, policyDocument, context = {} } = Object(outcome.returned);
  const statements: unknown = policyDocument?.Statement;
  if (typeof principalId !== "string" || !Array.isArray(statements)) return failed;
  if (!isAllowed(statements)) return denied;
  // Nothing nested, and all of it arrives as strings.
  const values = Object.entries(context);
  if (values.some(([, value]) => typeof value === "object")) return failed;
  const strings = values.map(([name, value]) => [name, String(value)]);
  return { context: { ...Object.fromEntries(strings), principalId } };
}

function isPresent(source: string, event: ReturnType<typeof authorizerEvent>): boolean {
  const [, , place, name = ""] = source.split(".");
  const from = place === "header" ? event.headers : (event.queryStringParameters ?? {});
  const wanted = place === "header" ? name.toLowerCase() : name;
  return Object.entries(from).some(
    ([key, value]) => value !== "" && (place === "header" ? key.toLowerCase() : key) === wanted,
  );
}

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: string | string[];
}

/** A deny beats every allow, as in any policy. */
function isAllowed(statements: Statement[]): boolean {
  const effects = statements
    .filter(({ Action, Resource }) => {
      const concerns = (patterns: string | string[], value: string) =>
        [patterns].flat().some((pattern) => matches(pattern, value));
      return concerns(Action, "execute-api:Invoke") && concerns(Resource, methodArn);
    })
    .map(({ Effect }) => Effect);
  return effects.includes("Allow") && !effects.includes("Deny");
}

function matches(pattern: string, value: string): boolean {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  const expression = source.replaceAll("*", ".*").replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "s").test(value);
}
