/**
 * Runs `serverless package` once, the way somebody does who has just cloned the project: no
 * credentials, nothing set, nothing but this folder.
 *
 * The packager writes `.serverless` and `.esbuild` beside serverless.yml whatever it is told, so it
 * is given a copy of the sources in a temporary folder: the tree stays clean, and two runs at once
 * do not meet.
 */
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { strFromU8, unzipSync } from "fflate";

export interface Resource {
  Type: string;
  DependsOn?: string | string[];
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}

export interface Packaged {
  resources: Record<string, Resource>;
  outputs: Record<string, { Value: unknown }>;
  /** The resources of one type, by logical id. */
  ofType(type: string): Record<string, Resource>;
  bundle(functionName: string): Promise<Bundle>;
  remove(): Promise<void>;
}

export interface Bundle {
  /** The names of all files in the zip. */
  files: string[];
  code: string;
  /** The files whose code is in the bundle, from the root of the project. */
  sources: string[];
  /** Where the code stands alone, with no package within its reach. */
  path: string;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

/** `settings`: what is set in the shell that packages, such as `CONNECTIONS_TABLE`. */
export async function packageProject(settings: NodeJS.ProcessEnv = {}): Promise<Packaged> {
  const folder = await mkdtemp(join(tmpdir(), "parley-package-"));
  const service = join(folder, "service");
  for (const name of ["serverless.yml", "package.json", "handlers", "lib", "local"]) {
    await cp(join(root, name), join(service, name), { recursive: true });
  }
  await symlink(join(root, "node_modules"), join(service, "node_modules"));
  const serverless = join(root, "node_modules/serverless/bin/serverless.js");
  await run(process.execPath, [serverless, "package"], {
    cwd: service,
    env: { PATH: process.env.PATH, HOME: folder, ...settings },
  });
  const output = join(service, ".serverless");
  const template = JSON.parse(
    await readFile(join(output, "cloudformation-template-update-stack.json"), "utf8"),
  );
  const { Resources, Outputs } = deployed(template);
  const resources = Resources as Record<string, Resource>;
  return {
    resources,
    outputs: Outputs as Packaged["outputs"],
    ofType: (type) =>
      Object.fromEntries(Object.entries(resources).filter(([, found]) => found.Type === type)),
    bundle: (name) => readBundle(join(output, `${name}.zip`), join(folder, `${name}.mjs`)),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function readBundle(zip: string, path: string): Promise<Bundle> {
  const files = unzipSync(await readFile(zip));
  const names = Object.keys(files);
  const code = textOf(files, ".mjs");
  await writeFile(path, code);
  const map: { sources: string[] } = JSON.parse(textOf(files, ".mjs.map"));
  return { files: names, code, path, sources: map.sources.map(fromRoot) };
}

function textOf(files: Record<string, Uint8Array>, ending: string): string {
  const [bytes, ...more] = Object.keys(files)
    .filter((name) => name.endsWith(ending))
    .map((name) => files[name]);
  if (bytes === undefined || more.length > 0) throw new Error(`not one ${ending} in the zip`);
  return strFromU8(bytes);
}

function fromRoot(source: string): string {
  return source.replace(/^(.*\/)?(?=(node_modules|lib|handlers)\/)/, "");
}

type Template = Record<"Resources" | "Outputs", Record<string, { Condition?: string }>> & {
  Conditions?: Record<string, { "Fn::Equals": [unknown, unknown] }>;
};

/**
 * What CloudFormation would make of a template: without what a condition rules out, and with its
 * intrinsics as text: `<Rooms>` is a Ref, `<Rooms.Arn>` an attribute.
 */
function deployed({ Resources, Outputs, Conditions = {} }: Template) {
  const isMet = (name: string) => {
    const [a, b] = Conditions[name]?.["Fn::Equals"] ?? [];
    if (typeof a !== "string" || typeof b !== "string") throw new Error(`no condition ${name}`);
    return a === b;
  };
  const made = (all: Template["Resources"]) =>
    Object.fromEntries(
      Object.entries(all)
        .filter(([, { Condition }]) => Condition === undefined || isMet(Condition))
        .map(([name, { Condition: _, ...rest }]) => [name, written(rest, isMet)]),
    );
  return { Resources: made(Resources), Outputs: made(Outputs) };
}

function written(value: unknown, isMet: (condition: string) => boolean): unknown {
  if (Array.isArray(value)) return value.map((inner) => written(inner, isMet));
  if (typeof value !== "object" || value === null) return value;
  if ("Fn::If" in value) {
    const [condition, then, otherwise] = value["Fn::If"] as [string, unknown, unknown];
    return written(isMet(condition) ? then : otherwise, isMet);
  }
  const entries = Object.entries(value).map(
    ([key, inner]) => [key, written(inner, isMet)] as const,
  );
  const [key, inner] = entries.length === 1 ? (entries[0] ?? []) : [];
  if (key === "Ref") return `<${inner}>`;
  if (key === "Fn::Sub") return String(inner).replace(/\$\{([^}]+)\}/g, "<$1>");
  if (key === "Fn::GetAtt") return `<${(inner as string[]).join(".")}>`;
  if (key === "Fn::Join") {
    const [separator, parts] = inner as [string, string[]];
    return parts.join(separator);
  }
  return Object.fromEntries(entries);
}
