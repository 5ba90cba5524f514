/**
 * Decides which records a function gets, by `filterPatterns`, in the subset of EventBridge's
 * patterns that Lambda documents. Patterns are alternatives; within one, everything must match.
 * Rules that Lambda does not take for DynamoDB's records are refused at the start, above all
 * `numeric`: numbers are strings there, and such a filter would never match.
 */
import { startError } from "../../startError.ts";

export type Filter = (record: unknown) => boolean;

/** Lambda's own limit, unless raised. */
const patternsMax = 5;

/** `where` names the event in the error. @throws StartError for patterns that Lambda refuses */
export function filterOf(patterns: unknown, where: string): Filter {
  if (patterns === undefined) return () => true;
  const refuse = (reason: string) => startError(`the filterPatterns of ${where} ${reason}`);
  if (!Array.isArray(patterns)) throw refuse("are not a list");
  if (patterns.length === 0) return () => true;
  if (patterns.length > patternsMax) throw refuse(`are more than ${patternsMax}`);
  const filters = patterns.map((pattern) => {
    if (!isObject(pattern)) throw refuse("hold something other than patterns");
    return compiled(pattern, refuse);
  });
  return (record) => filters.some((matches) => matches(record));
}

type Refuse = (reason: string) => Error;

function compiled(pattern: Record<string, unknown>, refuse: Refuse): Filter {
  const parts = Object.entries(pattern).map(([name, wanted]): Filter => {
    if (name === "$or") return anyOf(wanted, refuse);
    const fieldMatches = isObject(wanted)
      ? compiled(wanted, refuse)
      : rulesOf(name, wanted, refuse);
    return (value) => fieldMatches(isObject(value) ? value[name] : undefined);
  });
  return (value) => parts.every((matches) => matches(value));
}

function anyOf(alternatives: unknown, refuse: Refuse): Filter {
  if (!Array.isArray(alternatives) || !alternatives.every(isObject)) {
    throw refuse("have a $or that is not a list of patterns");
  }
  const filters = alternatives.map((each) => compiled(each, refuse));
  return (value) => filters.some((matches) => matches(value));
}

/** One of the rules must match one of the values; a field that is not a list has one value. */
function rulesOf(name: string, rules: unknown, refuse: Refuse): Filter {
  if (!Array.isArray(rules) || rules.length === 0) {
    throw refuse(`have "${name}" without a list of values`);
  }
  const matchers = rules.map((rule) => ruleOf(name, rule, refuse));
  return (value) => {
    const values = Array.isArray(value) ? value : [value];
    return matchers.some((matches) => values.some(matches));
  };
}

function ruleOf(name: string, rule: unknown, refuse: Refuse): Filter {
  if (!isObject(rule)) return (value) => value === rule;
  const [[operator, operand] = ["", undefined], ...others] = Object.entries(rule);
  if (others.length > 0) throw refuse(`have more than one operator in a rule for "${name}"`);
  if (operator === "exists" && typeof operand === "boolean") {
    // Only for leaves: Lambda says that a value with fields does not "exist".
    return (value) => (value !== undefined && !isObject(value)) === operand;
  }
  if (operator === "anything-but") {
    const excluded = ruleOrValues(name, operand, refuse);
    return (value) => value !== undefined && !isObject(value) && !excluded(value);
  }
  if (typeof operand === "string") {
    const tests: Record<string, (text: string) => boolean> = {
      prefix: (text) => text.startsWith(operand),
      suffix: (text) => text.endsWith(operand),
      "equals-ignore-case": (text) => text.toLowerCase() === operand.toLowerCase(),
    };
    const test = Object.hasOwn(tests, operator) ? tests[operator] : undefined;
    if (test) return (value) => typeof value === "string" && test(value);
  }
  throw refuse(`have the rule ${JSON.stringify(rule)} for "${name}", which is not for DynamoDB`);
}

function ruleOrValues(name: string, operand: unknown, refuse: Refuse): Filter {
  const rules = [operand].flat().map((each) => ruleOf(name, each, refuse));
  return (value) => rules.some((matches) => matches(value));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
