/**
 * What is in each function's zip. A bundle's content is read from its source map, which lists the
 * files whose code is in it: names in minified code say nothing.
 */
import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { functionNames, logicalName } from "./functions.ts";
import type { Bundle, Packaged } from "./packaged.ts";
import { grantsOf } from "./roles.ts";

const run = promisify(execFile);
const dynamoDb = "@aws-sdk/client-dynamodb";
const lambda = "@aws-sdk/client-lambda";
/** What posts: our own, or the SDK's client, and never both. */
export const poster = "lib/adapters/apigateway/sockets.ts";
export const sdkPoster = "@aws-sdk/client-apigatewaymanagementapi";

/** By function: the libraries that it may hold, of those that matter. */
const libraries: Record<string, string[]> = {
  authorize: ["jose"],
  connect: [dynamoDb],
  disconnect: [dynamoDb],
  send: [dynamoDb],
  default: [dynamoDb],
  http: [dynamoDb, "jose"],
  fanOut: [dynamoDb, lambda],
  announce: [dynamoDb],
  deliver: [dynamoDb],
};

/** With some room for what is added. */
export const bytesMost: Record<(typeof functionNames)[number], number> = {
  authorize: 50_000,
  connect: 145_000,
  disconnect: 150_000,
  send: 170_000,
  // All actions.
  default: 230_000,
  // The same, and what verifies tokens.
  http: 270_000,
  fanOut: 240_000,
  announce: 160_000,
  deliver: 140_000,
};

export function describeBundles(packaged: () => Packaged): void {
  it.each(functionNames)("bundles %s as one minified ES module with its map", async (name) => {
    const { files, code } = await packaged().bundle(name);
    expect(files.sort()).toEqual([`handlers/${name}.mjs`, `handlers/${name}.mjs.map`]);
    expect(code).toMatch(/\bexport\s*\{[^}]*\bas handler\b[^}]*\}/);
    expect(code).toMatch(new RegExp(`//# sourceMappingURL=${name}.mjs.map\\s*$`));
    expect(code.split("\n").length, "lines").toBeLessThan(code.length / 500);
  });

  it.each(
    Object.entries(bytesMost),
  )("keeps %s small, because a cold start reads all of it", async (name, most) => {
    const { code } = await packaged().bundle(name);
    expect(Buffer.byteLength(code)).toBeLessThanOrEqual(most);
  });

  it.each(
    functionNames,
  )("looks for the credentials of %s in its environment alone", async (name) => {
    const held = [...packagesIn(await packaged().bundle(name))];
    expect(held.filter((library) => /credential|nested-clients|token/.test(library))).toEqual([]);
  });

  it.each(functionNames)("leaves out of %s the middleware that its clients lose", async (name) => {
    const lost = /(httpAuthScheme|httpSigning|contentLength|logger|user-agent-)middleware\.js$/i;
    const { sources } = await packaged().bundle(name);
    expect(sources.filter((source) => lost.test(source))).toEqual([]);
  });

  it.each(functionNames)("leaves out of %s what it does not use", async (name) => {
    const held = packagesIn(await packaged().bundle(name));
    expect([dynamoDb, sdkPoster, lambda, "jose"].filter((library) => held.has(library))).toEqual(
      libraries[name],
    );
  });

  it.each(functionNames)("bundles into %s nothing of the sign-in for development", async (name) => {
    const { sources } = await packaged().bundle(name);
    expect(sources.filter((source) => /^(local|web)\//.test(source))).toEqual([]);
  });

  it.each(
    functionNames,
  )("bundles for %s the commands that its role allows, no other", async (name) => {
    const granted = grantsOf(packaged(), name);
    const onTables = granted.flatMap(
      (grant) => /^dynamodb:(\w+) on <(?:Connections|Rooms)\.Arn>/.exec(grant)?.[1] ?? [],
    );
    const posts = granted.some((grant) => grant.startsWith("execute-api:ManageConnections on "));
    const bundle = await packaged().bundle(name);
    expect(commandsIn(bundle, dynamoDb)).toEqual([...new Set(onTables)].sort());
    expect(bundle.sources.includes(poster)).toBe(posts);
  });

  it.each(functionNames)("gives %s the environment that it reads, no other", async (name) => {
    const { code } = await packaged().bundle(name);
    const read = settings.filter((setting) => code.includes(setting));
    const given = Object.keys(environmentOf(packaged(), name));
    expect(given.filter((setting) => setting !== "NODE_OPTIONS").sort()).toEqual(read);
  });

  it.each(functionNames)("loads %s with nothing around it but its environment", async (name) => {
    const { path } = await packaged().bundle(name);
    const print = `console.log(typeof (await import(${JSON.stringify(path)})).handler)`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", print], {
      cwd: dirname(path),
      env: { ...environmentOf(packaged(), name), AWS_REGION: "us-east-1" },
    });
    expect(stdout.trim()).toBe("function");
  });
}

const settings = [
  "AUTH_ALGORITHMS",
  "AUTH_AUDIENCE",
  "AUTH_ISSUER",
  "AUTH_JWKS_URL",
  "AUTH_SCOPE_CLAIM",
  "AUTH_SECRET",
  "AUTH_SECRET_PREVIOUS",
  "AUTH_USER_CLAIM",
  "CONNECTIONS_TABLE",
  "DELIVER_FUNCTION",
  "FURTHER_GATEWAYS",
  "GATEWAY_NAME",
  "MANAGEMENT_ENDPOINT",
  "MESSAGE_REQUESTS",
  "RESERVED_ROOMS",
  "ROOMS_TABLE",
  "TABLES_REGION",
  "WEBSOCKET_URL",
];

export function packagesIn({ sources }: Bundle): Set<string> {
  const names = sources.map((source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1]);
  return new Set(names.filter((name) => name !== undefined));
}

/** The commands of one SDK client that are in the bundle. */
export function commandsIn({ sources }: Bundle, client: string): string[] {
  const names = sources
    .filter((source) => source.includes(`/${client}/`))
    .map((source) => /\/commands\/(\w+)Command\.js$/.exec(source)?.[1])
    .filter((name) => name !== undefined);
  // The DynamoDB client brings this one itself, for endpoint discovery, which is off by default.
  return names.filter((name) => name !== "DescribeEndpoints").sort();
}

function environmentOf({ resources }: Packaged, name: string): Record<string, string> {
  const found = resources[`${logicalName(name)}LambdaFunction`]?.Properties["Environment"];
  return (found as { Variables: Record<string, string> }).Variables;
}
