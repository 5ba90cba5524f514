/**
 * The generated files as they should be now. Nothing in them depends on the time, the machine or
 * the order of a folder, so that comparing bytes is enough.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { readMeasured } from "../../capacity/measured.ts";
import { capacityFiles } from "../../capacity/page/files.ts";
import { asyncApi } from "./asyncapi.ts";
import { clientReference } from "./clientReference.ts";
import { clientTypes } from "./clientTypes.ts";
import { grantsTable } from "./grants.ts";
import { openApi } from "./openapi.ts";
import { operationsTables } from "./operationsTables.ts";
import { tables } from "./tables.ts";

interface GeneratedFile {
  /** Relative to the root. */
  path: string;
  content: string;
}

const pages: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "docs/protocol.md": tables,
  "docs/operations.md": operationsTables,
  "docs/architecture.md": { grants: grantsTable() },
};

/** The generated files whose content under `root` is not what it should be. */
export async function outOfStep(root: string): Promise<GeneratedFile[]> {
  const read = (path: string) => readFile(join(root, path), "utf8").catch(() => "");
  const protocolTypes = clientTypes();
  const withItsTables = async ([path, itsTables]: [string, Readonly<Record<string, string>>]) => ({
    path,
    content: withTables(path, await read(path), itsTables),
  });
  const expected: GeneratedFile[] = [
    ...(await Promise.all(Object.entries(pages).map(withItsTables))),
    { path: "docs/asyncapi.yaml", content: yamlOf(asyncApi()) },
    { path: "docs/openapi.yaml", content: yamlOf(openApi()) },
    { path: "client/protocol.ts", content: protocolTypes },
    {
      path: "docs/client-reference.md",
      content: clientReference({ "protocol.ts": protocolTypes }),
    },
    ...capacityFiles(await readMeasured()),
  ];
  const compared = await Promise.all(
    expected.map(async (file) => ({ file, isSame: (await read(file.path)) === file.content })),
  );
  return compared.filter(({ isSame }) => !isSame).map(({ file }) => file);
}

function yamlOf(document: unknown): string {
  const body = stringify(document, { lineWidth: 100, aliasDuplicateObjects: false });
  return `# Generated from lib/protocol by \`npm run docs\`. Do not edit.\n${body}`;
}

/** @throws Error when a table has no place in the text, or a place has no table */
function withTables(path: string, text: string, tables: Readonly<Record<string, string>>): string {
  const unused = new Set(Object.keys(tables));
  const written = text.replace(
    /(<!-- table: (.+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_found, start: string, name: string, end: string) => {
      const table = tables[name];
      if (table === undefined) throw new Error(`${path}: there is no table "${name}"`);
      unused.delete(name);
      return `${start}${table}${end}`;
    },
  );
  const [missing] = unused;
  if (missing !== undefined) throw new Error(`${path} has no place for "${missing}"`);
  return written;
}
