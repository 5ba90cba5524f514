/**
 * The functions' handlers in a form that `serverless offline` loads once. It reads TypeScript with
 * a loader of its own, which depends on the version of Node and may load a module anew for every
 * invocation. So each handler gets a module of plain JavaScript that imports it: the same one in
 * every thread, and read as the rest of this project is (typescript.mjs). They lie in a temporary
 * folder until this process ends.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";

export interface HandlerModules {
  /** From and to a handler as in serverless.yml, such as `handlers/send.handler`. */
  handlerFor(functionName: string, handler: string): string;
}

export function handlerModules(serviceFolder: string): HandlerModules {
  const folder = mkdtempSync(join(tmpdir(), "parley-handlers-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const loader = new URL("typescript.mjs", import.meta.url).href;
  return {
    handlerFor(functionName, handler) {
      const [, path = "", exportName = ""] = /^(.*)\.([^.]+)$/.exec(handler) ?? [];
      const { href } = pathToFileURL(join(serviceFolder, `${path}.ts`));
      const source = `import ${JSON.stringify(loader)};
const handlers = await import(${JSON.stringify(href)});
export const handler = handlers[${JSON.stringify(exportName)}];
`;
      const file = join(folder, functionName);
      writeFileSync(`${file}.mjs`, source);
      return `${relative(serviceFolder, file)}.handler`;
    },
  };
}
