/**
 * The client as a stranger gets it: packed, unpacked into an empty project, and used there as its
 * README says.
 */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { build } from "esbuild";
import { publint } from "publint";
import { beforeAll, expect, it } from "vitest";
import { blocksOf } from "../docs/markdown.ts";
import { nodeBinaries } from "../support/nodeBinaries.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const readme = readFileSync(join(root, "client/README.md"), "utf8");
const project = mkdtempSync(join(tmpdir(), "parley-client-"));
const modules = join(project, "node_modules");
const installed = join(modules, "parley-client");
const run = promisify(execFile);
let tarball: string;

beforeAll(async () => {
  // A copy, so that nobody who builds meanwhile takes the files away.
  const copy = join(project, "source");
  mkdirSync(installed, { recursive: true });
  cpSync(join(root, "client"), copy, {
    recursive: true,
    filter: (path) => !/[\\/](dist|node_modules)$/.test(path),
  });
  cpSync(join(root, "tsconfig.json"), join(project, "tsconfig.json"));
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  const { stdout } = await run("npm", ["pack", "--json", "--silent"], { cwd: copy });
  const packed: unknown = JSON.parse(stdout);
  const [one] = Object.values(packed as object) as { filename: string }[];
  tarball = join(copy, one?.filename ?? "");
  await run("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);
  mkdirSync(join(modules, "@types"));
  for (const name of ["react", "@types/react", "vue", "svelte", "solid-js"]) {
    symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
});

/** What the examples take as given. */
const given = `
  import { type Chat, type ChatRoom, createChat } from "parley-client";
  import { askGateway } from "parley-client/gateways";
  import { indexedDbStore } from "parley-client/indexeddb";
  import * as messages from "parley-client/messages";
  import * as rooms from "parley-client/rooms";
  import { sharedSocket } from "parley-client/tabs";
  import { thread } from "parley-client/threads";
  declare function token(): Promise<string>;
  declare function show(...values: unknown[]): void;
  declare const input: HTMLInputElement;
  declare const url: string;
`;
const chat = "declare const chat: Chat;\n";

it("compiles every example of its README, under TypeScript's strictest options", async () => {
  const examples = ["ts", "tsx", "js"].flatMap((language) => blocksOf(readme, language));
  expect(examples.length).toBeGreaterThanOrEqual(12);
  for (const [i, example] of examples.entries()) {
    const rest = example.replace(/^import \{ createChat \}.*\n/m, "");
    const isItsOwn = /const chat =/.test(rest) ? "" : chat;
    const room = /const room =/.test(rest) ? "" : "declare const room: ChatRoom;\n";
    writeFileSync(join(project, `example${i}.tsx`), `${given}${isItsOwn}${room}${rest}`);
  }
  const compilerOptions = {
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    ...{ target: "ES2023", lib: ["ES2023", "DOM", "DOM.Iterable"], module: "NodeNext" },
    ...{ jsx: "react-jsx", types: [], noEmit: true, skipLibCheck: false },
  };
  const config = { compilerOptions, include: ["example*.tsx"] };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const said = await run(process.execPath, [tsc, "-p", project]).catch(({ stdout }) => ({
    stdout,
  }));
  expect(said.stdout).toBe("");
});

it("says how many lines each task takes", () => {
  const tasks = [...readme.matchAll(/\((\d+) lines?\)[^`]*```ts\n([\s\S]*?)```/g)];
  expect(tasks).toHaveLength(16);
  for (const [, count, code] of tasks) expect(code?.trim().split("\n")).toHaveLength(Number(count));
});

/** Live on a socket that answers by itself, with one message sent. */
const program = `
  import { createChat } from "parley-client";
  class WebSocket extends EventTarget {
    constructor() { super(); queueMicrotask(() => this.dispatchEvent(new Event("open"))); }
    close() {}
    send(text) {
      const { action, id, cid } = JSON.parse(text);
      const room = "general";
      const at = { room, seq: 1, n: 1, tag: "tag-0001" };
      const synced = { room, events: [], seq: 0, n: 0, complete: true };
      const frame = {
        hello: { type: "welcome", user: "alice", rooms: [], more: false },
        join: { type: "joined", room, seq: 0, n: 0, online: 1 },
        history: { type: "history", room, events: [], more: false },
        sync: { type: "sync", rooms: [synced], later: [] },
        send: { type: "ack", ...at, cid, sentAtMs: 1 },
      }[action];
      const data = JSON.stringify({ ...frame, id });
      queueMicrotask(() => this.dispatchEvent(Object.assign(new Event("message"), { data })));
    }
  }
  import { storeOn } from "parley-client/store";
  const held = new Map();
  const tables = {
    list: async (table) => [...held].filter(([id]) => id.startsWith(table)).map(([, one]) => one),
    get: async (table, key) => held.get(table + key),
    put: async (table, key, value) => void held.set(table + key, value),
    clear: async () => held.clear(),
  };
  const store = storeOn(tables);
  const chat = createChat({ url: "wss://chat.example", token: () => "t", WebSocket, store });
  await chat.connect();
  const room = chat.room("general");
  await room.join();
  await room.send("hello");
  console.log(room.snapshot.messages.map(({ from, text, status }) => [from, text, status].join()));
  console.log(held.get("pagesgeneral").messages.length, "is kept");
  chat.close();
`;

it.each(nodeBinaries(["20.19.0", "22"]))("talks on plain Node $version", async ({ path }) => {
  writeFileSync(join(project, "program.mjs"), program);
  const { stdout } = await run(path, ["program.mjs"], { cwd: project });
  expect(stdout).toBe("[ 'alice,hello,sent' ]\n1 is kept\n");
});

/** How each recipe's value is read, after the snapshot became 2. */
const recipes = {
  vue: `import { effectScope } from "vue";
    const scope = effectScope();
    const value = scope.run(() => useSnapshot(source));
    become(2); console.log(value.value); scope.stop();`,
  svelte: `let seen; const stop = useSnapshot(source).subscribe((value) => { seen = value; });
    become(2); console.log(seen); stop();`,
  solid: `import { createRoot } from "solid-js/dist/solid.js";
    createRoot((end) => { const value = useSnapshot(source); become(2);
      console.log(value()); end(); });`,
};
it.each(Object.entries(recipes))("is followed by %s as its README says", async (name, reading) => {
  const [recipe = ""] = blocksOf(readme, `${name}.mjs`);
  // On Node the package gives its build for servers, in which nothing changes.
  const text = recipe.replace('"solid-js"', '"solid-js/dist/solid.js"');
  const source = `const listeners = new Set();
    const source = { snapshot: 1, subscribe };
    function subscribe(one) { listeners.add(one); return () => listeners.delete(one); }
    const become = (value) => { source.snapshot = value; for (const one of listeners) one(); };`;
  const listening = "console.log(listeners.size);";
  writeFileSync(join(project, `${name}.mjs`), `${text}\n${source}\n${reading}\n${listening}`);
  const { stdout } = await run(process.execPath, [`${name}.mjs`], { cwd: project });
  expect(stdout).toBe("2\n0\n");
});

it("is bundled for browsers; each entry adds less than its bound", async () => {
  const sizeOf = async (code: string, external: string[] = ["react"]) => {
    const { outputFiles } = await build({
      stdin: { contents: code, resolveDir: project },
      ...{ bundle: true, minify: true, format: "esm", platform: "browser", write: false },
      external,
    });
    return gzipSync(outputFiles[0]?.contents ?? new Uint8Array()).length;
  };
  const core = await sizeOf('export { createChat } from "parley-client";');
  expect(core).toBeGreaterThan(4 * 1024);
  for (const [entry, kilobytes] of Object.entries({
    gateways: 1,
    messages: 2,
    react: 2,
    rooms: 1,
    tabs: 3,
    threads: 2,
    window: 2,
  })) {
    const all = `export * from "parley-client"; export * from "parley-client/${entry}";`;
    expect((await sizeOf(all)) - core, entry).toBeLessThan(kilobytes * 1024);
  }
  const kept = await sizeOf('export { indexedDbStore } from "parley-client/indexeddb";');
  expect(kept).toBeLessThan(3 * 1024);
});

it("has a tarball in which publint and arethetypeswrong find nothing", async () => {
  const { messages } = await publint({ pkgDir: installed, strict: true, pack: false });
  expect(messages).toEqual([]);
  const packed = createPackageFromTarballData(new Uint8Array(readFileSync(tarball)));
  const checked = await checkPackage(packed);
  if (!checked.types) throw new Error("it has no types");
  // ESM alone, behind "exports": what Node 20.19 can require, and TypeScript's oldest way cannot.
  const modern = checked.problems.filter(
    (one) =>
      one.kind !== "CJSResolvesToESM" &&
      !("resolutionKind" in one && one.resolutionKind === "node10"),
  );
  expect(modern).toEqual([]);
});

it("holds its modules, their types and its README, and names neither zod nor lib/", async () => {
  const { stdout } = await run("tar", ["-tzf", tarball]);
  const files = stdout.trim().split("\n");
  for (const file of files) {
    expect(file).toMatch(/^package\/(package\.json|README\.md|dist\/\w+(\.d\.ts|\.js))$/);
    if (!file.endsWith(".d.ts")) continue;
    const text = readFileSync(join(installed, file.replace("package/", "")), "utf8");
    expect(text, file).not.toMatch(/["'](zod|[./]*\/lib\/)/);
  }
});
