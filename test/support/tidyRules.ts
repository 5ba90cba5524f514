/**
 * The rules that test/tidy.test.ts holds the tree to, as functions from files to findings.
 *
 * They read text, not a syntax tree: TypeScript 7 offers no compiler API. Comments, and for most
 * rules the insides of strings, are blanked first, with every line kept where it is. What a linter
 * can measure (function length, unused imports) is in biome.json and not repeated here.
 */
import { posix } from "node:path";

/** `path` is relative to the root, with forward slashes. */
export interface SourceFile {
  path: string;
  text: string;
}

export interface Rule {
  /** What is promised, in the present tense: the title of its test and the end of its message. */
  promise: string;
  /** Each finding reads "file:line: what stands there". */
  check(files: SourceFile[]): string[];
}

const product = /^(lib|handlers)\//;
const adapter = /^lib\/adapters\//;
/** How AWS is asked, which is the same for everything that is asked of it. */
const aws = /^lib\/adapters\/aws\//;
const runtime = "lib/runtime.ts";
const protocol = /^lib\/protocol\//;
const model = /^lib\/model\.ts$/;
const identity = /^lib\/identity\//;
const ports = /^lib\/(ports|messagePorts|retentionPorts|subscriptionPorts)\.ts$/;
/** What is said of the service's health: read by programs, and of functions only the types. */
const signals = /^lib\/signals\//;
/** Data structures and concurrency: they know nothing of chat. */
const generic = /^lib\/(concurrency|remember)\.ts$/;
const pubsub = /^lib\/pubsub\//;
const actions = /^lib\/actions\//;
/** Decides from what was read, and reads nothing itself. */
const deciders = "append|gatewayChoice|membershipSteps|occupancy|rights|typingPace";
const decides = new RegExp(`^lib/actions/\\w+/(${deciders})\\.ts$`);
/** What the functions in handlers/ have in common: how events come in and answers go out. */
const boundary = /^handlers\/(boundary|handshake)/;
const plain = [protocol, model, ports, generic];
/** Stands in for AWS, and so knows nothing of the service that runs on it. */
const emulator = /^local\/emulator\//;
/** What the emulator and the programs in local/ have in common. */
const foundation = /^local\/(startError\.ts|typescript(Hooks)?\.mjs)$/;

/** Who may import what: `npm:` marks a package, `node:` a module of Node. First match decides. */
const layers: { files: RegExp; may: (path: string) => RegExp[]; types?: RegExp }[] = [
  { files: protocol, may: () => [protocol, /^npm:zod$/] },
  { files: model, may: () => [protocol] },
  { files: identity, may: () => [protocol, model, identity] },
  { files: ports, may: () => [protocol, model, ports], types: /^lib\/(identity|signals)\// },
  { files: signals, may: () => [protocol, signals], types: identity },
  { files: generic, may: () => [] },
  { files: pubsub, may: () => [...plain, pubsub] },
  { files: decides, may: () => [protocol, model, ports, generic, decides] },
  { files: actions, may: () => [...plain, pubsub, actions] },
  {
    files: adapter,
    may: (path) => [
      ...[...plain, identity, /^lib\/pubsub\/topics\.ts$/],
      ...[/^(npm|node):/, new RegExp(`^${ownFolder(path)}/`), aws],
    ],
  },
  { files: /^lib\/runtime\.ts$/, may: () => [/^lib\//, /^node:/] },
  {
    files: boundary,
    may: () => [...plain, identity, pubsub, actions, boundary, /^lib\/runtime\.ts$/],
  },
  {
    files: /^handlers\//,
    may: () => [protocol, model, identity, ports, boundary, actions, /^lib\/runtime\.ts$/],
  },
  { files: /^client\/build\.mjs$/, may: () => [/^node:/] },
  { files: /^client\/react\.ts$/, may: () => [/^client\//, /^npm:react$/] },
  { files: /^client\//, may: () => [/^client\//] },
  { files: emulator, may: () => [emulator, foundation, /^(npm|node):/] },
  { files: foundation, may: () => [foundation, /^(npm|node):/] },
];

/** Packages with nothing but types in them, which no bundle can hold. */
const typesOnly = /^npm:aws-lambda$/;

const layered = new RegExp(`^(lib|handlers|client)/|${emulator.source}|${foundation.source}`);

/** What people write: not what is generated for the client from lib/protocol. */
const written = /^(?!client\/protocol\.ts$)/;

export const rules: Rule[] = [
  { promise: "imports point inward", check: each(layered, outwardImports) },
  { promise: "no imports form a cycle", check: importCycles },
  {
    promise: "process.env is read only in lib/runtime.ts and what replaces the SDK",
    check: readsOfEnvironment,
  },
  {
    promise: "clock, randomness and crypto are only in adapters and lib/runtime.ts",
    check: pattern(
      (path) => product.test(path) && !adapter.test(path) && path !== runtime,
      /\bDate\.now\b|\bDate\(\s*\)|\bnew Date\b(?!\()|\bMath\.random\b|\bperformance\b|\bcrypto\b/,
    ),
  },
  {
    promise: "what decides is synchronous",
    check: pattern(
      (path) => [protocol, model, identity, decides].some((part) => part.test(path)),
      /\b(async|await|Promise|setTimeout|setInterval|setImmediate|queueMicrotask|fetch)\b/,
    ),
  },
  {
    promise: "no table is ever scanned, but by the sweep",
    check: pattern(
      (path) => product.test(path) && !/\/expiry\.ts$/.test(path),
      /\b(paginate)?Scan(Command\w*)?\b/,
    ),
  },
  {
    promise: "lib has no barrels",
    check: (files) => [
      ...files.filter((file) => /^lib\/.*\bindex\.ts$/.test(file.path)).map((f) => `${f.path}:1`),
      ...pattern((path) => path.startsWith("lib/"), /\bexport\s*\*/)(files),
    ],
  },
  {
    promise: "in handlers only the boundary catches",
    check: pattern((path) => /^handlers\/(?!boundary)/.test(path), /\b(try|catch)\b/),
  },
  { promise: "lib writes to the console in one adapter at most", check: consoles },
  { promise: "a line has at most 100 characters", check: each(/./, longLines(100)) },
  { promise: "a file has at most 400 lines", check: each(written, longFile(400)) },
  {
    promise: "a handler has at most 30 lines",
    check: each(/^handlers\/(?!boundary|handshake)/, longFile(30)),
  },
  {
    promise: "no file or folder is named utils, common, shared, types or helpers",
    check: each(/./, emptyNames),
  },
  {
    promise: "no exported name says Impl, Manager, Helper, Util, Service or Base",
    check: each(product, exportNames),
  },
  { promise: "what is exported is used in another file", check: lonelyExports },
  { promise: "no folder in lib holds a single file", check: lonelyFiles },
  {
    promise: "tests that share a process replace no module",
    check: pattern(
      (path) => /^test\/(client|contract|property|unit)\//.test(path),
      /\bvi\.(do)?[mM]ock\b/,
    ),
  },
];

const comment = /\/\/.*|\/\*[\s\S]*?\*\//;
const text = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/;
/** A slash starts one only where a value may stand; elsewhere it divides. */
const regularExpression =
  /(?<=(?:[(,=:[!&|?{};>]|return)\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/;
const token = new RegExp([comment, text, regularExpression].map((r) => r.source).join("|"), "g");

/** The text with comments as blanks; with `strings` also strings, but not `${code}`, as `x`. */
export function blank(source: string, strings: boolean): string {
  return source.replace(token, (found) => {
    if (/^\/[/*]/.test(found)) return found.replace(/[^\n]/g, " ");
    if (!strings) return found;
    return found.replace(/\$\{[^}]*\}|[^\n]/g, (part) => (part.length > 1 ? part : "x"));
  });
}

/** The files imported by a file, as paths from the root, `npm:package` or `node:module`. */
function importsOf(file: SourceFile): { target: string; line: number; isType: boolean }[] {
  const statement =
    /\b(?:import|export)\b([^;'"]*?)\bfrom\s*["']([^"']+)["']|\bimport\b\s*\(?\s*["']([^"']+)["']/g;
  const code = blank(file.text, false);
  return [...code.matchAll(statement)].map((match) => {
    const from = match[2] ?? match[3] ?? "";
    return {
      target: resolve(file.path, from),
      line: lineAt(code, match.index + match[0].lastIndexOf(from)),
      isType: /^\s*type\b/.test(match[1] ?? ""),
    };
  });
}

function resolve(path: string, from: string): string {
  if (from.startsWith(".")) return posix.join(posix.dirname(path), from);
  if (from.startsWith("node:")) return from;
  const depth = from.startsWith("@") ? 2 : 1;
  return `npm:${from.split("/").slice(0, depth).join("/")}`;
}

function outwardImports(file: SourceFile): string[] {
  const layer = layers.find((candidate) => candidate.files.test(file.path));
  if (layer === undefined) return [`${file.path}:1: belongs to no layer`];
  const may = layer.may(file.path);
  return importsOf(file)
    .filter(({ target, isType }) => !(isType && (layer.types ?? typesOnly).test(target)))
    .filter(({ target }) => !may.some((allowed) => allowed.test(target)))
    .map(({ target, line }) => `${file.path}:${line}: imports ${target}`);
}

/** Each cycle once, by the import that closes it; imports of types count as well. */
function importCycles(files: SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (file: SourceFile, trail: string[]): void => {
    if (done.has(file.path)) return;
    for (const { target, line } of importsOf(file)) {
      const next = byPath.get(target);
      if (next === undefined) continue;
      const start = [...trail, file.path].indexOf(target);
      if (start < 0) walk(next, [...trail, file.path]);
      else found.push(`${file.path}:${line}: ${[...trail.slice(start), file.path].join(" → ")}`);
    }
    done.add(file.path);
  };
  for (const file of files) walk(file, []);
  return found;
}

/** The SDK reads the environment itself, so what replaces parts of it does too. */
const readersOfEnvironment = [/^lib\/runtime\.ts$/, /^lib\/adapters\/aws\/lean\//];

function readsOfEnvironment(files: SourceFile[]): string[] {
  const inside = files.filter(
    ({ path }) => product.test(path) && !readersOfEnvironment.some((reader) => reader.test(path)),
  );
  const imported = inside.flatMap((file) =>
    importsOf(file)
      .filter(({ target }) => target === "node:process" || target === "npm:process")
      .map(({ target, line }) => `${file.path}:${line}: imports ${target}`),
  );
  return [...pattern(() => true, /\bprocess\s*\??\.\s*env\b|\bprocess\[/)(inside), ...imported];
}

function consoles(files: SourceFile[]): string[] {
  const writes = pattern(
    (path) => path.startsWith("lib/"),
    /\b(?:console\s*[.[]|process\.std(?:err|out)\b)/,
  )(files);
  const first = writes.find((finding) => adapter.test(finding))?.split(":")[0];
  return writes.filter((finding) => finding.split(":")[0] !== first);
}

function longLines(limit: number) {
  return (file: SourceFile): string[] =>
    file.text
      .split("\n")
      .flatMap(({ length }, index) =>
        length > limit ? [`${file.path}:${index + 1}: ${length} characters`] : [],
      );
}

function longFile(limit: number) {
  return ({ path, text }: SourceFile): string[] => {
    const lines = text.replace(/\n$/, "").split("\n").length;
    return lines > limit ? [`${path}:${limit + 1}: ${lines} lines`] : [];
  };
}

function emptyNames({ path }: SourceFile): string[] {
  const names = path.split("/").map((name) => name.replace(/\..*$/, ""));
  const empty = names.filter((name) => /^(utils?|common|shared|types?|helpers?|misc)$/.test(name));
  return empty.map((name) => `${path}:1: ${name}`);
}

/** Names and where they stand. */
function exportsOf(file: SourceFile): { name: string; line: number }[] {
  const code = blank(file.text, true);
  const declared =
    /\bexport\s+(?:(?!default)[a-z]+\s+)*(?:function\b\*?|class|const|let|interface|type)\s+(\w+)/g;
  const listed = /\bexport\s+(?:type\s+)?\{([^}]*)\}/g;
  const names = [
    ...[...code.matchAll(declared)].map((match) => ({ name: match[1] ?? "", at: match.index })),
    ...[...code.matchAll(listed)].flatMap((match) =>
      (match[1] ?? "").split(",").map((part) => ({
        name: part.trim().split(/\s+/).at(-1) ?? "",
        at: match.index,
      })),
    ),
  ];
  return names.map(({ name, at }) => ({ name, line: lineAt(code, at) }));
}

function exportNames(file: SourceFile): string[] {
  return exportsOf(file)
    .filter(({ name }) =>
      name
        .split(/(?=[A-Z])|_/)
        .some((word) => /^(impl|manager|helper|utils?|service|base)$/i.test(word)),
    )
    .map(({ name, line }) => `${file.path}:${line}: ${name}`);
}

/** Found by the bundler, by a list of all that a module holds, or by users of the package. */
const foundOtherwise =
  /^(lib\/adapters\/aws\/lean|test\/simulation\/cases|client\/(roomWindow|thread|tabs)\.ts$)/;

function lonelyExports(files: SourceFile[]): string[] {
  const users = new Map<string, number>();
  for (const { text } of files) {
    for (const word of new Set(text.match(/\w+/g))) users.set(word, (users.get(word) ?? 0) + 1);
  }
  return files
    .filter(({ path }) => !foundOtherwise.test(path))
    .flatMap((file) =>
      exportsOf(file)
        .filter(({ name }) => users.get(name) === 1)
        .map(({ name, line }) => `${file.path}:${line}: ${name}`),
    );
}

function lonelyFiles(files: SourceFile[]): string[] {
  const inLib = files.map(({ path }) => path).filter((path) => path.startsWith("lib/"));
  return inLib
    .filter((path) => !/^lib\/adapters\/[^/]+\/[^/]+$/.test(path) && posix.dirname(path) !== "lib")
    .filter((path) => {
      const folder = `${posix.dirname(path)}/`;
      return inLib.filter((other) => other.startsWith(folder)).length === 1;
    })
    .map((path) => `${path}:1: alone in its folder`);
}

/** A rule that refuses a pattern in the code (not the comments or strings) of some files. */
function pattern(applies: (path: string) => boolean, refused: RegExp): Rule["check"] {
  return (files) =>
    files
      .filter((file) => applies(file.path))
      .flatMap((file) => {
        const code = blank(file.text, true);
        return [...code.matchAll(new RegExp(refused, "g"))].map(
          (match) => `${file.path}:${lineAt(code, match.index)}: ${match[0]}`,
        );
      });
}

function each(paths: RegExp, check: (file: SourceFile) => string[]): Rule["check"] {
  return (files) => files.filter((file) => paths.test(file.path)).flatMap(check);
}

function ownFolder(path: string): string {
  return path.split("/").slice(0, 3).join("/");
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
