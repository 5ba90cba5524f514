/**
 * The tables that a deployment uses now, and those of its package. CloudFormation would exchange
 * tables silently: a first deployment that is told another's tables loses its Connections and lets
 * go of its Rooms, and one that is no longer told them makes new, empty ones. Both are refused
 * here.
 */

import { type CompiledTemplate, isMet, madeOf, type Resource } from "./compiledTemplate.ts";

/** By logical id; undefined when nothing is deployed. */
export type Tables = Partial<Record<TableId, Table>>;
export type TableId = "Rooms" | "Connections";

export interface Table {
  /** Made by the deployment itself, rather than told to it. */
  isOwn: boolean;
  /** Undefined for one that is still to be made. */
  name?: string;
}

export const see = "(docs/deploy.md says what to set)";

const variableOf = { Rooms: "ROOMS_TABLE", Connections: "CONNECTIONS_TABLE" } as const;

/** The tables that a package works on. */
export function packagedTables(template: CompiledTemplate): Required<Tables> {
  const { resources } = madeOf(template);
  const told = environmentOf(resources["SendLambdaFunction"]);
  const table = (id: TableId): Table =>
    resources[id] ? { isOwn: true } : { isOwn: false, name: String(told[variableOf[id]]) };
  return { Rooms: table("Rooms"), Connections: table("Connections") };
}

/** The reason why the package's settings for tables are wrong; undefined if they are right. */
export function refusalOfTables(template: CompiledTemplate, region: string): string | undefined {
  const { Rooms, Connections } = packagedTables(template);
  const { resources } = madeOf(template);
  const { TABLES_REGION } = environmentOf(resources["SendLambdaFunction"]);
  const isToldStream = isMet(template, "IsToldStream");
  if (Rooms.isOwn && !Connections.isOwn) {
    return `unable to deploy; CONNECTIONS_TABLE goes with a ROOMS_TABLE ${see}`;
  }
  if (Connections.isOwn && TABLES_REGION !== "<AWS::Region>") {
    return `unable to deploy; TABLES_REGION goes with a CONNECTIONS_TABLE ${see}`;
  }
  if (Rooms.isOwn) {
    if (isToldStream) return `unable to deploy; ROOMS_STREAM_ARN goes with a ROOMS_TABLE ${see}`;
    return undefined;
  }
  if (Connections.isOwn && !isToldStream) {
    const cure = "set ROOMS_STREAM_ARN, or CONNECTIONS_TABLE for a further gateway";
    const loss = "nobody would deliver to the large rooms of ROOMS_TABLE";
    return `unable to deploy; ${loss}: ${cure} ${see}`;
  }
  const stream = Object.values(resources).find(
    ({ Type }) => Type === "AWS::Lambda::EventSourceMapping",
  )?.Properties["EventSourceArn"];
  const form = `:dynamodb:${region}:`;
  const isItsStream =
    String(stream).includes(form) && String(stream).includes(`:table/${Rooms.name}/stream/`);
  if (isToldStream && !isItsStream) {
    return `unable to deploy; ROOMS_STREAM_ARN is no stream of ${Rooms.name} in ${region} ${see}`;
  }
  return undefined;
}

/** The reason not to deploy because tables would be lost; undefined if none is, or it may be. */
export function refusalOfChange(
  deployed: Tables,
  packaged: Required<Tables>,
  givenUp: readonly string[],
): string | undefined {
  for (const id of ["Rooms", "Connections"] as const) {
    const { name, isOwn } = deployed[id] ?? {};
    const next = packaged[id];
    if (name === undefined || givenUp.includes(name)) continue;
    if (next.isOwn === isOwn && (isOwn || next.name === name)) continue;
    const fate = !isOwn ? "leave" : id === "Rooms" ? "let go of" : "delete";
    const other = next.isOwn ? "a new, empty one" : next.name;
    const loss = `it would ${fate} its ${id} table ${name} for ${other}`;
    const cure = isOwn ? `do not set ${variableOf[id]}` : `set ${variableOf[id]}: ${name}`;
    return `unable to deploy; ${loss}: ${cure}, or GIVE_UP=${name} to mean it ${see}`;
  }
  return undefined;
}

export function environmentOf(found: Resource | undefined): Record<string, unknown> {
  return Object(Object(found?.Properties["Environment"]).Variables);
}
