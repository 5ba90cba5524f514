/** What stands in the place of the SDK's own parts in bundles, beside these. */
import { createRequire } from "node:module";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { LambdaClient } from "@aws-sdk/client-lambda";
import type { BuildOptions, Plugin, PluginBuild } from "esbuild";
import { afterEach, describe, expect, it, vi } from "vitest";
import { defaultProvider } from "../../lib/adapters/aws/lean/credentials.ts";
import { bindEndpointMiddleware } from "../../lib/adapters/aws/lean/endpointMiddleware.ts";
import { endpointsOf } from "../../lib/adapters/aws/lean/endpoints.ts";
import { SignatureV4 } from "../../lib/adapters/aws/lean/leftOut.ts";
import { onLambda } from "../../lib/adapters/aws/lean/runtimeConfig.ts";

afterEach(() => void vi.unstubAllEnvs());

const regions = [
  ...["us-east-1", "eu-central-1", "ap-southeast-7", "il-central-1", "mx-central-1"],
  ...["cn-north-1", "cn-northwest-1", "us-gov-west-1", "us-gov-east-1", "eusc-de-east-1"],
  ...["us-iso-east-1", "us-isob-east-1", "us-isof-south-1", "eu-isoe-west-1"],
];

describe.each([
  ["dynamodb", () => new DynamoDBClient({ region: "us-east-1" }).config],
  ["lambda", () => new LambdaClient({ region: "us-east-1" }).config],
])("the endpoint of %s in a bundle", (service, config) => {
  it.each(regions)("is the SDK's own in %s", (Region) => {
    const parameters = { Region, UseFIPS: false, UseDualStack: false };
    const theirs = config().endpointProvider(parameters, {});
    expect(endpointsOf(service)({ Region }).url.href).toBe(theirs.url.href);
  });

  it("is worked out once a client, and is the one that is given, for emulators", async () => {
    const endpointProvider = vi.fn(endpointsOf(service));
    const region = async () => "us-east-1";
    const resolved = async (config: object) => {
      const context: { endpointV2?: { hostname: string } } = {};
      const middleware = bindEndpointMiddleware()({ config: config as typeof own });
      await middleware(() => undefined, context as never)({});
      return context.endpointV2?.hostname;
    };
    const own = { endpointProvider, region };
    const hostnames = [await resolved(own), await resolved(own)];
    expect(hostnames).toEqual(Array(2).fill(`${service}.us-east-1.amazonaws.com`));
    expect(endpointProvider).toHaveBeenCalledTimes(1);
    const { config } = new DynamoDBClient({
      region: "us-east-1",
      endpoint: "http://127.0.0.1:8000",
    });
    expect(await resolved(config)).toBe("127.0.0.1");
  });
});

describe("a client in a bundle", () => {
  it("has the credentials that are in the environment when it asks", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKID");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
    vi.stubEnv("AWS_SESSION_TOKEN", "");
    const credentials = defaultProvider();
    expect(await credentials()).toEqual({ accessKeyId: "AKID", secretAccessKey: "secret" });
    vi.stubEnv("AWS_SESSION_TOKEN", "token");
    expect(await credentials()).toMatchObject({ sessionToken: "token" });
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "");
    await expect(credentials()).rejects.toThrow("no credentials in the environment");
  });

  it("is in the region of its function, unless it is given another", async () => {
    vi.stubEnv("AWS_REGION", "eu-west-1");
    const regionOf = (given: object) => onLambda(given, {}) as { region: unknown };
    expect(await (regionOf({}).region as () => Promise<string>)()).toBe("eu-west-1");
    expect(regionOf({ region: "us-east-1" }).region).toBe("us-east-1");
  });

  it("has settled what the stage says, and that nothing is on without one", () => {
    const pluginsOf: (serverless?: object) => Plugin[] = createRequire(import.meta.url)(
      "../../local/bundling.cjs",
    );
    const settledBy = (serverless?: object) => {
      const initialOptions: BuildOptions = {};
      const [settled] = pluginsOf(serverless);
      void settled?.setup({ initialOptions } as PluginBuild);
      return initialOptions.define;
    };
    const off = { POSTING_CLIENT: "own", SIGNALS: "off", TRACING: "off" };
    const on = { POSTING_CLIENT: "sdk", SIGNALS: "on", TRACING: "on" };
    const asDefined = (settings: object) =>
      Object.fromEntries(
        Object.entries(settings).map(([name, value]) => [`process.env.${name}`, `"${value}"`]),
      );
    expect(settledBy()).toMatchObject(asDefined(off));
    expect(settledBy({ service: { custom: { settled: on } } })).toMatchObject(asDefined(on));
  });

  it("says so when it reaches what was left out", () => {
    expect(() => new SignatureV4()).toThrow("left out of the bundle");
  });
});
