/**
 * docs/client-reference.md: everything that the client's package exports, as declared in its source
 * and with the comments from there. An export, or a member of a class, without a comment is an
 * error, so that nothing public stays undocumented.
 */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseSync } from "rolldown/utils";

type Parsed = ReturnType<typeof parseSync>["program"]["body"][number];
type Declared = NonNullable<Extract<Parsed, { type: "ExportNamedDeclaration" }>["declaration"]>;
type ClassMember = Extract<Declared, { superClass: unknown }>["body"]["body"][number];

interface Module {
  path: string;
  text: string;
  body: readonly Parsed[];
}

type ModuleAt = (file: string) => Module;

const clientRoot = new URL("../../client/", import.meta.url).pathname;

/** @param generated texts of modules that are generated too, in place of those on disk */
export function clientReference(generated: Readonly<Record<string, string>>): string {
  const read = (file: string) => generated[file] ?? readFileSync(join(clientRoot, file), "utf8");
  const modules = new Map<string, Module>();
  const moduleAt: ModuleAt = (file) => {
    const known = modules.get(file);
    if (known) return known;
    const text = read(file);
    const module = { path: `client/${file}`, text, body: parseSync(file, text).program.body };
    modules.set(file, module);
    return module;
  };
  const { name, exports } = JSON.parse(read("package.json"));
  const entries = Object.entries<{ types?: string }>(exports).flatMap(([entry, { types }]) =>
    types === undefined ? [] : [{ title: `${name}${entry.slice(1)}`, types }],
  );
  return [
    "# Client reference",
    "",
    "Generated from `client/` by `npm run docs`. Do not edit. [The client](client.md) says how",
    "these work together, and the [README](../client/README.md) shows them at work.",
    "",
    ...entries.map(({ title }) => `- [\`${title}\`](#${anchorOf(title)})`),
    ...entries.flatMap(({ title, types }) => [
      "",
      `## ${title}`,
      ...exportsOf(`${basename(types, ".d.ts")}.ts`, moduleAt).map((section) => `\n${section}`),
    ]),
    "",
  ].join("\n");
}

const anchorOf = (title: string) => title.toLowerCase().replace(/[^\w-]/g, "");

/** Sections on what a module exports, in its order. */
function exportsOf(file: string, moduleAt: ModuleAt): string[] {
  const module = moduleAt(file);
  return module.body.flatMap((statement) => {
    if (statement.type !== "ExportNamedDeclaration") return [];
    const { declaration, specifiers } = statement;
    if (declaration !== null) return sectionOf(module, statement.start, declaration);
    return specifiers.flatMap(({ local }) => sectionOn(module, wordOf(local), moduleAt));
  });
}

/** The section on a name that a module declares, or passes on from another one. */
function sectionOn(module: Module, name: string, moduleAt: ModuleAt): string[] {
  for (const statement of module.body) {
    if (statement.type === "ExportNamedDeclaration") {
      const { declaration, source, specifiers } = statement;
      if (declaration !== null && nameOf(declaration) === name) {
        return sectionOf(module, statement.start, declaration);
      }
      if (source !== null && specifiers.some(({ exported }) => wordOf(exported) === name)) {
        return sectionOn(moduleAt(basename(source.value)), name, moduleAt);
      }
    }
    if (statement.type === "ImportDeclaration") {
      const { source, specifiers } = statement;
      if (specifiers.some(({ local }) => local.name === name)) {
        return sectionOn(moduleAt(basename(source.value)), name, moduleAt);
      }
    }
  }
  throw new Error(`${module.path} does not know ${name}`);
}

const wordOf = (name: { name: string } | { value: string }) =>
  "name" in name ? name.name : name.value;

/** A heading, the comment as prose, and the declaration. Nothing of what is internal. */
function sectionOf(module: Module, start: number, declared: Declared): string[] {
  const name = nameOf(declared);
  const comment = commentAbove(module, start, name);
  if (comment.includes("@internal")) return [];
  const code = codeOf(module, declared);
  return [`### ${name}\n\n${proseOf(comment)}\n\n\`\`\`ts\n${code}\n\`\`\``];
}

function nameOf(declared: Declared): string {
  if (declared.type === "VariableDeclaration") {
    const [first] = declared.declarations;
    return first?.id.type === "Identifier" ? first.id.name : "";
  }
  return "id" in declared && declared.id !== null && "name" in declared.id ? declared.id.name : "";
}

function codeOf(module: Module, declared: Declared): string {
  const { text } = module;
  switch (declared.type) {
    case "FunctionDeclaration":
      return `${text.slice(declared.start, declared.body?.start).trimEnd()};`;
    case "ClassDeclaration": {
      const members = declared.body.body.flatMap((member) => memberOf(module, member));
      const head = text.slice(declared.start, declared.body.start);
      return `${head}{\n${members.join("\n\n")}\n}`;
    }
    default:
      return text.slice(declared.start, declared.end);
  }
}

/** A public member with its comment and without its body. */
function memberOf(module: Module, member: ClassMember): string[] {
  if (!("key" in member) || member.key.type !== "Identifier") return [];
  const { name } = member.key;
  // Its getter has the comment.
  if (member.type === "MethodDefinition" && member.kind === "set") {
    return [`  ${signatureOf(module.text, member, name)};`];
  }
  const comment = commentAbove(module, member.start, name);
  if (comment.includes("@internal")) return [];
  return [`  ${comment}\n  ${signatureOf(module.text, member, name)};`];
}

function signatureOf(text: string, member: ClassMember, name: string): string {
  if (member.type === "MethodDefinition") {
    const signature = text.slice(member.start, member.value.body?.start).trimEnd();
    return signature.replace(/^async /, "");
  }
  if (member.type !== "PropertyDefinition") return "";
  if (member.value?.type === "ArrowFunctionExpression") {
    return `${name}${text.slice(member.value.start, member.value.returnType?.end)}`;
  }
  return text.slice(member.start, member.typeAnnotation?.end ?? member.end).replace(/;$/, "");
}

/** The comment that ends where a declaration begins. */
function commentAbove({ path, text }: Module, start: number, name: string): string {
  const before = text.slice(0, start).trimEnd();
  const comment = before.slice(before.lastIndexOf("/**"));
  if (!comment.startsWith("/**") || comment.indexOf("*/") !== comment.length - 2) {
    throw new Error(`${path}: ${name} has no comment`);
  }
  return comment;
}

function proseOf(comment: string): string {
  return comment
    .replace(/^\/\*\*\s*|\s*\*\/$/g, "")
    .replace(/\n\s*\* ?/g, "\n")
    .replace(/\s*@throws\s*/g, "\n\nThrows ");
}
