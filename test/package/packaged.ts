/**
 * Runs `serverless package` the way somebody does who has just cloned the project: no
 * credentials, nothing set but what a stage must say, nothing but this folder.
 *
 * The packager always writes `.serverless` and `.esbuild` beside serverless.yml, so it is given a
 * copy of the sources in a temporary folder: the tree stays clean, and two runs at once do not
 * meet.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { strFromU8, unzipSync } from "fflate";
import { stringify } from "yaml";
import {
  type CompiledTemplate,
  type Made,
  madeOf,
  type Resource,
} from "../../local/deploy/compiledTemplate.ts";
import type { StageSettings } from "../../local/deploy/stageFile.ts";

export interface Packaged extends Made {
  /** As CloudFormation gets it. */
  template: CompiledTemplate;
  /** The file of the above. */
  templatePath: string;
  /** The resources of one type, by logical id. */
  ofType(type: string): Record<string, Resource>;
  bundle(functionName: string): Promise<Bundle>;
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
export const serverless = join(root, "node_modules/serverless/bin/serverless.js");

export interface ServiceCopy {
  /** Nothing but the copy is in here. */
  folder: string;
  service: string;
  /** Functions that do nothing: most of packaging is making bundles. */
  empty(): Promise<void>;
  setStage(stage: string, settings: Settings): Promise<void>;
}

export async function copyService(folder: string): Promise<ServiceCopy> {
  const service = join(folder, "service");
  for (const name of ["serverless.yml", "package.json", "handlers", "lib", "local"]) {
    await cp(join(root, name), join(service, name), { recursive: true });
  }
  await symlink(join(root, "node_modules"), join(service, "node_modules"));
  await mkdir(join(service, "stages"));
  return {
    folder,
    service,
    setStage: (stage, settings) =>
      writeFile(join(service, `stages/${stage}.yml`), stringify(settings)),
    async empty() {
      for (const file of await readdir(join(service, "handlers"))) {
        await writeFile(join(service, "handlers", file), "export const handler = async () => {};");
      }
    },
  };
}

/** Beside those that are required. */
export type Settings = Partial<StageSettings>;

/** Everything else is off. */
export const required = {
  REGION: "us-east-1",
  AUTH_ISSUER: "https://issuer.example/pool",
  AUTH_AUDIENCE: "chat",
} satisfies StageSettings;

export const packageProject = (settings: Settings = {}) => packageOnce(settings, false);

/** Of a package that has every function. */
export const retains = { RETENTION: "rooms" } as const;

/** The template alone, of functions that do nothing. */
export const packageTemplate = (settings: Settings) => packageOnce(settings, true);

/**
 * Packaging takes seconds of computing. The first of a run's test files that asks for a package
 * makes it in the run's temporary folder, and the others wait for it.
 */
async function packageOnce(settings: Settings, isEmpty: boolean): Promise<Packaged> {
  const hash = createHash("sha256")
    .update(JSON.stringify([settings, isEmpty]))
    .digest("hex");
  const folder = join(tmpdir(), `parley-package-${hash.slice(0, 16)}`);
  await once(folder, async () => {
    // The very first leaves its compiled schemas for all others.
    let isMade = false;
    const make = async () => {
      await packageInto(folder, settings, isEmpty);
      isMade = true;
    };
    await once(compiledSchemas, make);
    if (!isMade) await make();
  });
  return packageIn(folder);
}

/** Makes what is in `folder`, in the one process of this run that asks first; others wait. */
async function once(folder: string, make: () => Promise<void>): Promise<void> {
  const ended = join(folder, "ended");
  const isFirst = await mkdir(folder).then(
    () => true,
    () => false,
  );
  const owner = join(folder, "owner");
  if (isFirst) {
    await writeFile(owner, String(process.pid));
    await make().finally(() => writeFile(ended, ""));
  }
  while (!existsSync(ended)) {
    if (!(await isAlive(owner))) throw new Error("the test that packaged this ended before it had");
    await delay(pollMs);
  }
}

/** Also true while it is not written yet. */
async function isAlive(owner: string): Promise<boolean> {
  const pid = Number(await readFile(owner, "utf8").catch(() => ""));
  try {
    return pid === 0 || process.kill(pid, 0);
  } catch {
    return false;
  }
}

const pollMs = 50;

/**
 * Where osls keeps its validator of serverless.yml. To compile it is more than half of what a
 * template costs: 3 of 5 s of computing.
 */
const compiledSchemas = join(tmpdir(), "parley-osls-schemas");

/** Osls reads nothing of whoever runs it. `folder`: for what it writes. */
export const oslsEnvironment = (folder: string) => ({
  PATH: process.env["PATH"],
  HOME: folder,
  SLS_SCHEMA_CACHE_BASE_DIR: compiledSchemas,
});

/** `folder`: may be missing, and holds nothing else. */
export async function packageInto(
  folder: string,
  settings: Settings,
  isEmpty = false,
): Promise<Packaged> {
  const { service, empty, setStage } = await copyService(folder);
  if (isEmpty) await empty();
  await setStage("dev", { ...required, ...settings });
  await run(process.execPath, [serverless, "package"], {
    cwd: service,
    // serverless-esbuild leaves files where it keeps temporary ones.
    env: { ...oslsEnvironment(folder), TMPDIR: folder },
  });
  return packageIn(folder);
}

async function packageIn(folder: string): Promise<Packaged> {
  const output = join(folder, "service/.serverless");
  const templatePath = join(output, "cloudformation-template-update-stack.json");
  const template: CompiledTemplate = JSON.parse(await readFile(templatePath, "utf8"));
  const { resources, outputs } = madeOf(template);
  return {
    template,
    templatePath,
    resources,
    outputs,
    ofType: (type) =>
      Object.fromEntries(Object.entries(resources).filter(([, found]) => found.Type === type)),
    bundle: async (name) =>
      unpack(join(output, `${name}.zip`), await mkdtemp(`${folder}/${name}-`)),
  };
}

/** The zip's files in a folder of their own, as on AWS: no package is within their reach. */
async function unpack(zip: string, folder: string): Promise<Bundle> {
  const files = unzipSync(await readFile(zip));
  const names = Object.keys(files);
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  const map: { sources: string[] } = JSON.parse(textOf(files, ".mjs.map"));
  return {
    files: names,
    code: textOf(files, ".mjs"),
    path: join(folder, names.find((name) => name.endsWith(".mjs")) ?? ""),
    sources: map.sources.map(fromRoot),
  };
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
