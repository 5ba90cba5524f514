/**
 * In place of the SDK's own configuration for Node, which asks files in the home directory and the
 * metadata of a virtual machine. On Lambda everything is in the environment or given.
 */
import { defaultProvider } from "./credentials.ts";
import { streamCollector } from "./leftOut.ts";

const constant =
  <T>(value: T) =>
  async () =>
    value;

export function onLambda(given: object, shared: object): object {
  return {
    ...shared,
    credentialDefaultProvider: defaultProvider,
    defaultsMode: constant("standard"),
    retryMode: constant("standard"),
    region: constant(process.env["AWS_REGION"]),
    accountIdEndpointMode: constant("disabled"),
    ignoreConfiguredEndpointUrls: true,
    useDualstackEndpoint: constant(false),
    useFipsEndpoint: constant(false),
    disableClockSkewCorrection: constant(false),
    bodyLengthChecker: Buffer.byteLength,
    streamCollector,
    runtime: "node",
    ...given,
  };
}
