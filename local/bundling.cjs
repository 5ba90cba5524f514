/**
 * What esbuild does differently for functions. It leaves out of the SDK what a function on Lambda
 * never uses (docs/decisions/0032): a package or file of the SDK is replaced by a small one of the
 * same interface. `test/package` holds the sizes that come of it, and runs the bundles. With
 * `POSTING_CLIENT: sdk` it leaves the SDK whole, and functions post with AWS's own client
 * (docs/decisions/0033). `SIGNALS: true` makes them measure themselves (docs/decisions/0051), and
 * `TRACING: true` has lines name their trace (docs/decisions/0068). With `RETENTION` they keep
 * messages for a time only (docs/decisions/0066). `RELEASE`, of the shell, names the code in every
 * line that they log. `PARLEY_PATIENCE`, of the shell, has them wait so many times longer for
 * gateways: a machine that runs many services at once is that much slower than AWS.
 */
const { readFileSync } = require("node:fs");
const { dirname, join } = require("node:path");

const own = (file) => join(__dirname, "../lib/adapters/aws/lean", file);
const from = (file) => `from ${JSON.stringify(own(file))};`;

/** By package, as the SDK imports it. */
const packages = {
  "@aws-sdk/credential-provider-node": own("credentials.ts"),
  "@aws-sdk/middleware-endpoint-discovery": own("leftOut.ts"),
  "@aws/lambda-invoke-store": own("leftOut.ts"),
  "@smithy/core/checksum": own("leftOut.ts"),
  "@smithy/core/event-streams": own("leftOut.ts"),
  "@smithy/node-http-handler": own("leftOut.ts"),
  "@smithy/signature-v4": own("leftOut.ts"),
};

/** What `leaveToHandler` takes off a client's stack, as the client puts it there. */
const needless =
  / {8}this\.middlewareStack\.use\(get(UserAgent|Logger|ContentLength|HostHeader|HttpAuthSchemeEndpointRuleSet|HttpSigning)Plugin\([\s\S]*?\)\);\n/g;
/** How a client makes its signer. */
const signers = / {4}if \(config\.signer\) \{[\s\S]*(?= {4}const resolvedConfig = )/;
/** Its operations in the schemas of the SDK's client: of these the client uses the name. */
const operations = /^export var (\w+)\$ = \[9, /gm;

/**
 * By file, as packages have it: the code that stands in its place. `client` is such as `dynamodb`.
 */
const files = [
  {
    filter: /client-(\w+)\/dist-es\/runtimeConfig\.js$/,
    contents: () =>
      `import { getRuntimeConfig as shared } from "./runtimeConfig.shared";
       import { onLambda } ${from("runtimeConfig.ts")}
       export const getRuntimeConfig = (given) => onLambda(given, shared(given));`,
  },
  {
    filter: /client-(\w+)\/dist-es\/endpoint\/endpointResolver\.js$/,
    contents: (client) =>
      `import { endpointsOf } ${from("endpoints.ts")}
       export const defaultEndpointResolver = endpointsOf("${client}");`,
  },
  {
    // The protocol that the client is given knows no schemas.
    filter: /client-dynamodb\/dist-es\/schemas\/schemas_0\.js$/,
    contents: (_client, path) => {
      const named = readFileSync(path, "utf8").matchAll(operations);
      const kept = Array.from(named, ([, name]) => {
        return `export const ${name}$ = [9, "com.amazonaws.dynamodb", "${name}"];`;
      });
      return `export const errorTypeRegistries = [];\n${kept.join("\n")}`;
    },
  },
  {
    filter: /client-dynamodb\/dist-es\/runtimeConfig\.shared\.js$/,
    contents: (_client, path) =>
      readFileSync(path, "utf8").replace(/protocol: [\s\S]*?DynamoDBJsonCodec2\(\),\s*\},/, ""),
  },
  {
    filter: /client-\w+\/dist-es\/\w+Client\.js$/,
    contents: (_client, path) => readFileSync(path, "utf8").replace(needless, ""),
  },
  {
    filter: /httpAuthSchemes\/aws_sdk\/(resolveAwsSdkSigV4Config)\.js$/,
    contents: (_file, path) => readFileSync(path, "utf8").replace(signers, ""),
  },
  {
    filter: /\/endpointMiddleware\.js$/,
    contents: () => `export * ${from("endpointMiddleware.ts")}`,
  },
  {
    // For each request these copy all of a client's configuration, or make an error for nothing.
    filter: /\/(schema(?:S|Des)erializationMiddleware|retryMiddleware)\.js$/,
    contents: (_name, path) =>
      readFileSync(path, "utf8")
        .replace("...config,", "__proto__: config,")
        .replace("let lastError = new Error();", "let lastError;"),
  },
  {
    filter: /\/(AdaptiveRetryStrategy|configLoader|util-endpoints\/aws)\.js$/,
    contents: () => `export * ${from("leftOut.ts")}`,
  },
  {
    filter: /\/getEndpointFrom(Config|Instructions)\.js$/,
    contents: () => `export * ${from("leftOut.ts")}`,
  },
];

const leanSdk = {
  name: "lean-sdk",
  setup(build) {
    const filter = new RegExp(`^(${Object.keys(packages).join("|")})$`);
    build.onResolve({ filter }, ({ path }) => ({ path: packages[path], sideEffects: false }));
    for (const { filter, contents } of files) {
      build.onLoad({ filter }, ({ path }) => ({
        contents: contents(filter.exec(path)?.[1], path),
        resolveDir: dirname(path),
      }));
    }
  },
};

const gatewayBounds = /\b(?:postTimeoutMs|awaitedPublishMs): /g;

/** How long gateways may take, multiplied. */
const patient = (times) => ({
  name: "patient",
  setup(build) {
    build.onLoad({ filter: /lib\/protocol\/limits\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(gatewayBounds, `$&${times} * `),
      loader: "ts",
    }));
  },
});

const release = process.env["RELEASE"] || require("../package.json").version;
const byDefault = { POSTING_CLIENT: "own", SIGNALS: "off", TRACING: "off", RETENTION: "" };

/** For serverless-esbuild; alone, as a stage without settings has it. */
module.exports = function pluginsOf(serverless) {
  const { settled: said = byDefault } = serverless?.service.custom ?? {};
  const { POSTING_CLIENT, SIGNALS, TRACING, RETENTION } = said;
  /** Settles in bundles what lib/runtime.ts asks. */
  const settled = {
    name: "settled",
    setup({ initialOptions }) {
      const define = {
        "process.env.POSTING_CLIENT": JSON.stringify(POSTING_CLIENT),
        "process.env.SIGNALS": JSON.stringify(SIGNALS),
        "process.env.TRACING": JSON.stringify(TRACING),
        "process.env.RETENTION": JSON.stringify(String(RETENTION)),
        "process.env.RELEASE": JSON.stringify(release),
      };
      initialOptions.define = { ...initialOptions.define, ...define };
    },
  };
  const patience = Number(process.env["PARLEY_PATIENCE"] ?? 1);
  const common = patience === 1 ? [settled] : [settled, patient(patience)];
  return POSTING_CLIENT === "sdk" ? common : [...common, leanSdk];
};
