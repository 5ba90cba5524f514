/**
 * Uploads the chat page, and looks at it from outside. Files with a hash in their names come first
 * and the page last, so that at any moment the page names only files that are there. Old files
 * stay: pages that are open load parts of themselves later. Files with a hash may be cached for
 * ever, and the page and its configuration not at all, so that nothing has to be invalidated.
 */
import { pageFile, pagePaths } from "../page/files.ts";

export interface PageFile {
  /** Without a slash at the beginning. */
  key: string;
  body: string | Buffer;
  type: string;
  cache: string;
}

interface PagePorts {
  put(file: PageFile): Promise<void>;
  fetch(url: string): Promise<Pick<Response, "ok" | "status" | "headers" | "json">>;
}

/** `config`: the text of its `/config.json`. Returns how many files were uploaded. */
export async function uploadPage(
  folder: string,
  config: string,
  { put }: Pick<PagePorts, "put">,
): Promise<number> {
  const files: PageFile[] = [];
  for (const path of await pagePaths(folder)) {
    const { status, body, type = "", headers } = await pageFile(folder, path);
    if (status !== 200) throw new Error(`unable to upload ${path}; ${body}`);
    const key = path === "/" ? "index.html" : path.slice(1);
    files.push({ key, body, type, cache: headers?.["cache-control"] ?? "no-cache" });
  }
  const page = files.pop();
  const type = "application/json";
  files.push({ key: "config.json", body: config, type, cache: "no-cache" });
  if (page) files.push(page);
  for (const file of files) await put(file);
  return files.length;
}

/**
 * Whether users can sign in on it: it is served, and lets a browser reach the provider's endpoints.
 * @throws Error that says what to do
 */
export async function checkPage(
  url: string,
  config: string,
  { fetch }: Pick<PagePorts, "fetch">,
): Promise<void> {
  const page = await fetch(`${url}/`);
  if (!page.ok) throw new Error(`unable to check ${url}; it answers ${page.status}`);
  const policy = page.headers.get("content-security-policy") ?? "";
  const reached = /connect-src ([^;]*)/.exec(policy)?.[1]?.split(" ") ?? [];
  const { issuer } = JSON.parse(config).signIn;
  const discovery = `${String(issuer).replace(/\/$/, "")}/.well-known/openid-configuration`;
  const found = await fetch(discovery);
  if (!found.ok) throw new Error(`unable to check ${discovery}; it answers ${found.status}`);
  const { origin } = new URL(String(Object(await found.json()).token_endpoint));
  if (reached.includes(origin)) return;
  const cure = `set WEB_TOKEN_ORIGIN: ${origin} and deploy`;
  throw new Error(`the page may not ask ${issuer} for tokens: ${cure}`);
}
