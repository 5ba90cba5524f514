/**
 * The result that CloudFormation would make of a packaged template: without the resources whose
 * condition is false, and with intrinsics as text: `<Rooms>` is a Ref, `<Rooms.Arn>` an attribute.
 * It knows the intrinsics that serverless.yml and osls use, and throws for any other.
 */
export interface Resource {
  Type: string;
  DependsOn?: string | string[];
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}

export interface CompiledTemplate {
  Resources: Record<string, Resource & { Condition?: string }>;
  Outputs?: Record<string, { Value: unknown; Condition?: string }>;
  Conditions?: Record<string, unknown>;
  /** What the plugin notes down when it packages. */
  Metadata?: { Stage?: { name: string; settings: Record<string, unknown> } };
}

export interface Made {
  resources: Record<string, Resource>;
  outputs: Record<string, { Value: unknown }>;
}

/** Whether a condition of the template is true. */
export function isMet({ Conditions = {} }: Pick<CompiledTemplate, "Conditions">, name: string) {
  const isMetHere = (other: string): boolean => holds(Conditions[other], isMetHere);
  return isMetHere(name);
}

export function madeOf({ Resources, Outputs = {}, Conditions = {} }: CompiledTemplate): Made {
  const isMetHere = (name: string) => isMet({ Conditions }, name);
  const made = <T extends { Condition?: string }>(all: Record<string, T>) =>
    Object.fromEntries(
      Object.entries(all)
        .filter(([, { Condition }]) => Condition === undefined || isMetHere(Condition))
        .map(([name, { Condition: _, ...rest }]) => [name, written(rest, isMetHere)]),
    );
  return {
    resources: made(Resources) as Made["resources"],
    outputs: made(Outputs) as Made["outputs"],
  };
}

type IsMet = (condition: string) => boolean;

function holds(condition: unknown, isMet: IsMet): boolean {
  const [[name, operands] = ["none", []]] = Object.entries(Object(condition));
  const all = [operands].flat();
  if (name === "Condition") return isMet(String(operands));
  if (name === "Fn::Not") return !holds(all[0], isMet);
  if (name === "Fn::Or") return all.some((each) => holds(each, isMet));
  if (name === "Fn::And") return all.every((each) => holds(each, isMet));
  const [a, b] = all;
  if (name === "Fn::Equals" && typeof a === "string" && typeof b === "string") return a === b;
  throw new TypeError(`no condition that is known here: ${JSON.stringify(condition)}`);
}

const removed = Symbol("AWS::NoValue");

function written(value: unknown, isMet: IsMet): unknown {
  if (Array.isArray(value)) {
    return value.map((inner) => written(inner, isMet)).filter((inner) => inner !== removed);
  }
  if (typeof value !== "object" || value === null) return value;
  if ("Fn::If" in value) {
    const [condition, then, otherwise] = value["Fn::If"] as [string, unknown, unknown];
    return written(isMet(condition) ? then : otherwise, isMet);
  }
  const entries = Object.entries(value)
    .map(([key, inner]) => [key, written(inner, isMet)] as const)
    .filter(([, inner]) => inner !== removed);
  const [key, inner] = entries.length === 1 ? (entries[0] ?? []) : [];
  if (key === "Ref") return inner === "AWS::NoValue" ? removed : `<${inner}>`;
  if (key === "Fn::Sub") return String(inner).replace(/\$\{([^}]+)\}/g, "<$1>");
  if (key === "Fn::GetAtt") return `<${(inner as string[]).join(".")}>`;
  if (key === "Fn::Join") {
    const [separator, parts] = inner as [string, string[]];
    return parts.join(separator);
  }
  if (key?.startsWith("Fn::")) throw new TypeError(`no intrinsic that is known here: ${key}`);
  return Object.fromEntries(entries);
}
