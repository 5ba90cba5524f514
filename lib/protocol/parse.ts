/**
 * From unknown to typed, with a reason that a person at a terminal can act on: the first thing that
 * is wrong, by the name of its field.
 */
import type * as z from "zod/mini";

type Parsed<T> = { ok: true; value: T } | { ok: false; reason: string };

/** Parse `input`; the reason of a failure reads as the second half of "unable to send; …". */
export function parse<S extends z.ZodMiniType>(schema: S, input: unknown): Parsed<z.output<S>> {
  const result = schema.safeParse(input);
  if (result.success) return { ok: true, value: result.data };
  // A misspelt field makes another one missing: the misspelling is what the sender wants to hear
  // of.
  const issues = result.error.issues;
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
  return { ok: false, reason: issue ? describe(issue, input) : "it is not of the expected form" };
}

function describe(issue: z.core.$ZodIssue, input: unknown): string {
  const path = issue.path.map(printable).join(".");
  if (issue.code === "unrecognized_keys") {
    const more = issue.keys.length > namedFields ? ", …" : "";
    const keys = issue.keys.slice(0, namedFields).map(printable).join(", ");
    return `unknown field ${keys}${more}${path === "" ? "" : ` in ${path}`}`;
  }
  if (issue.code === "invalid_key") {
    const reason = issue.issues[0]?.message ?? "is not a name";
    return `${path} ${reason}`;
  }
  if (issue.message !== unsaid)
    return path === "" ? `it ${issue.message}` : `${path} ${issue.message}`;
  const isMissing = issue.code === "invalid_type" && valueAt(input, issue.path) === undefined;
  if (isMissing) return `${path} is missing`;
  return `${path === "" ? "it" : path} must be ${expected(issue)}`;
}

/** Unknown fields that are named in one refusal. */
const namedFields = 5;

/** What zod/mini says when a schema has no message of its own. */
const unsaid = "Invalid input";

function expected(issue: z.core.$ZodIssue): string {
  if (issue.code === "too_big" || issue.code === "too_small") return "a safe whole number";
  if (issue.code !== "invalid_type") return "of another form";
  const kinds: Record<string, string> = {
    int: "a whole number",
    number: "a number",
    string: "a string",
    boolean: "true or false",
    record: "an object",
    object: "an object",
  };
  return kinds[issue.expected] ?? `of type ${issue.expected}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/**
 * A field's name comes from a stranger: shortened, and without anything that a terminal would obey.
 */
function printable(name: PropertyKey): string {
  return String(name)
    .slice(0, 64)
    .replace(/[^\x21-\x7e]/g, "?");
}
